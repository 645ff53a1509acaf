/** The shell of the application's Worker. */

import type { Env } from "./env";
import { route } from "./routes";
import { serve } from "./serving";

export { Counter } from "./counter";

export default serve(route) satisfies ExportedHandler<Env>;
