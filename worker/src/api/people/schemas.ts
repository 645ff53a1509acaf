/** People and their sessions, as they are told and asked for. */

import { z } from "@hono/zod-openapi";
import { FEWEST_CHARACTERS, MOST_CHARACTERS, passwordFault } from "../../security/passwords";
import { characters, Id, line, RoleName, Time } from "../fields";

// Long enough for any password (`passwordFault` says how long), short enough to be refused before it is read.
const MAX_PASSWORD = 1024;

const LONGEST_ADDRESS = 254;
const ADDRESS = /^[\w'+-]+(\.[\w'+-]+)*@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/;
export const Email = z
  .email({ pattern: ADDRESS })
  .max(LONGEST_ADDRESS)
  .openapi("Email", { pattern: ADDRESS.source });

export const Person = z
  .object({ id: Id, email: z.string(), name: z.string(), role: RoleName, createdAt: Time })
  .openapi("Person");

export const SignUp = z
  .strictObject({
    email: Email,
    name: line(120),
    role: RoleName,
    password: z
      .string()
      .superRefine((password, context) => {
        const fault = passwordFault(password);
        if (fault !== null) context.addIssue({ code: "custom", message: fault });
      })
      .openapi({ format: "password", minLength: FEWEST_CHARACTERS, maxLength: MOST_CHARACTERS }),
  })
  .openapi("SignUp");

export const SignIn = z
  .strictObject({
    // Any text, so that an address is not told apart from one that nobody could have; Postgres compares none with NUL.
    email: characters(LONGEST_ADDRESS).regex(/^[^\u0000]+$/, "is empty, or holds NUL"),
    password: characters(MAX_PASSWORD).min(1).openapi({ format: "password" }),
  })
  .openapi("SignIn");

export const SignedIn = z
  .object({
    accessToken: z.string(),
    tokenType: z.literal("Bearer"),
    /** Seconds from now. */
    expiresIn: z.int(),
    person: Person,
  })
  .openapi("SignedIn");
