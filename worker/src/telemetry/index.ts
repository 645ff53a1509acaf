/** What the platform learns of each request and of each error, without learning anything of who sent it. */

export { type Served, writePoint } from "./points";
export { ErrorReports, type Occasion } from "./sentry";
