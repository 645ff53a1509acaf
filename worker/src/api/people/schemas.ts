/** People and their sessions, as they are told and asked for. */

import { z } from "@hono/zod-openapi";
import { passwordFault } from "../../security/passwords";
import { Id, line, RoleName, Time } from "../fields";

// Long enough for any password (`passwordFault` says how long), short enough to be refused before it is read.
const MAX_PASSWORD = 1024;

export const Email = z.email().max(254).openapi("Email");

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
      .max(MAX_PASSWORD)
      .superRefine((password, context) => {
        const fault = passwordFault(password);
        if (fault !== null) context.addIssue({ code: "custom", message: fault });
      })
      .openapi({ format: "password", minLength: 8, maxLength: 256 }),
  })
  .openapi("SignUp");

export const SignIn = z
  .strictObject({
    email: z.string().min(1).max(254),
    password: z.string().min(1).max(MAX_PASSWORD).openapi({ format: "password" }),
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
