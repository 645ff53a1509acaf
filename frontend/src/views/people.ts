/** Sign-up and login. */

import type { Role } from "../api/types";
import { h } from "../dom";
import { choice, type Field, form, input } from "../forms";
import { nextOf, PATHS } from "../routes";
import type { Asked, View } from "../view";
import { ROLE_WORDS } from "../words";

const ROLES: readonly Role[] = ["creator", "investor", "production"];

function email(): Field {
  const more = { required: true, autocomplete: "username", maxlength: 254 };
  return input("email", "Email address", "email", { more });
}

export function logIn({ api, query, go }: Asked): View {
  return {
    title: "Log in",
    content: [
      form({
        fields: [
          email(),
          input("password", "Password", "password", { more: { required: true, autocomplete: "current-password" } }),
        ],
        button: "Log in",
        async send({ email = "", password = "" }) {
          const { role } = await api.logIn({ email, password });
          go(nextOf(query) ?? PATHS.portal(role));
        },
      }),
      h("p", {}, "New here? ", h("a", { href: PATHS.signUp }, "Sign up")),
    ],
  };
}

export function signUp({ api, go }: Asked): View {
  return {
    title: "Sign up",
    content: [
      form({
        fields: [
          input("name", "Name", "text", { more: { required: true, autocomplete: "name", maxlength: 120 } }),
          email(),
          choice(
            "role",
            "You are",
            ROLES.map((role) => [role, ROLE_WORDS[role]] as const),
            { more: { required: true } },
          ),
          input("password", "Password", "password", {
            hint: "8 characters or more.",
            more: { required: true, autocomplete: "new-password", minlength: 8, maxlength: 256 },
          }),
        ],
        button: "Sign up",
        async send({ name = "", email = "", role = "", password = "" }) {
          await api.signUp({ name, email, role: role as Role, password });
          const person = await api.logIn({ email, password });
          go(PATHS.portal(person.role));
        },
      }),
      h("p", {}, "Signed up before? ", h("a", { href: PATHS.logIn }, "Log in")),
    ],
  };
}
