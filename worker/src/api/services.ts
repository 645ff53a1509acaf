/** What the API needs of the rooms beside it, for one request. */

import type { Caching } from "../cache";
import type { Database } from "../database/database";
import type { Keys } from "../security/tokens";
import type { Switches } from "../switches/switches";

export interface Services {
  /** Connected when it is first asked. */
  readonly database: Database;
  /** Only what everybody may see goes through it. */
  readonly caching: Caching;
  readonly switches: Switches;
  /** What tokens are signed and verified with. */
  readonly keys: () => Promise<Keys>;
  /** Takes what goes on after the answer. */
  readonly waitUntil: (work: Promise<unknown>) => void;
}
