/** Which page is shown at which path. `src/_redirects` names the same paths for the server. */

import { PATHS } from "./routes";
import type { Route } from "./view";
import { catalogue } from "./views/catalogue";
import { creatorPortal, editPitch, newPitch } from "./views/creator";
import { ndas } from "./views/ndas";
import { logIn, signUp } from "./views/people";
import { pitch } from "./views/pitch";
import { investorPortal, productionPortal } from "./views/reader";

export const ROUTES: readonly Route[] = [
  { pattern: PATHS.catalogue, show: catalogue },
  { pattern: "/pitches/:id", show: pitch },
  { pattern: PATHS.logIn, show: logIn },
  { pattern: PATHS.signUp, show: signUp },
  { pattern: PATHS.ndas, roles: ["creator", "investor", "production"], show: ndas },
  { pattern: "/creator", roles: ["creator"], show: creatorPortal },
  { pattern: PATHS.newPitch, roles: ["creator"], show: newPitch },
  { pattern: "/creator/pitches/:id", roles: ["creator"], show: editPitch },
  { pattern: "/investor", roles: ["investor"], show: investorPortal },
  { pattern: "/production", roles: ["production"], show: productionPortal },
];
