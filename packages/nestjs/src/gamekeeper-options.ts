import type { JobHostOptions } from '@gamekeeper/composition';
import type { DeadLetterOptions } from '@gamekeeper/core';

/** Options of `GamekeeperModule`: those of `createJobHost`, and what concerns Nest. */
export interface GamekeeperModuleOptions extends JobHostOptions {
  /**
   * Whether this instance runs jobs and delivers events. `false` for instances that only serve requests and leave both
   * to others. Default `true`.
   */
  readonly start?: boolean;
  /** What happens to an event that an `@OnGameEvent` method keeps failing on. Default: it is delivered again, for ever. */
  readonly deadLetter?: DeadLetterOptions;
}
