/** How an error code looks over HTTP. */
export interface ProblemKind {
  readonly status: ProblemStatus;
  /** Short text for people; the same for every occurrence. */
  readonly title: string;
}

/** The statuses of problems. */
export type ProblemStatus = 400 | 404 | 409 | 422 | 500 | 503;

/** A fault of the backend: its code, its configuration or its setup must change. */
const fault: ProblemKind = { status: 500, title: 'Internal server error' };

/** A fault that may pass without a change: the same request may succeed later. */
const later: ProblemKind = { status: 503, title: 'Temporarily unavailable' };

/** Every error code with its status; docs/errors.md shows the same table. */
export const problemKinds: Readonly<Record<string, ProblemKind>> = {
  ALERT_NOT_DELIVERED: later,
  AWARD_TOO_OLD: { status: 422, title: 'The XP was earned too long ago' },
  BOARD_KIND_CHANGED: fault,
  BOARD_NOT_CACHED: later,
  BOARD_TIE_BREAK_CHANGED: fault,
  BROKEN_SCENARIO: fault,
  CANNOT_LISTEN: fault,
  CLOCK_NOT_PINNABLE: fault,
  CLOCK_SKEW: later,
  CONCURRENT_START: { status: 409, title: 'The quiz is being started by another request' },
  CONFIG_INVALID: fault,
  CONFIG_NOT_FOUND: fault,
  DASHBOARD_TIMEOUT: later,
  DATABASE_LOGIN_REFUSED: fault,
  DATABASE_MISSING: fault,
  DATABASE_NOT_OPEN: later,
  DELIVERY_LOST: later,
  DELIVERY_STALLED: later,
  DELIVERY_STOPPED: later,
  DRY_RUN_NOT_SUPPORTED: { status: 422, title: 'The job does not support dry runs' },
  FOLDER_IN_USE: fault,
  FOREIGN_TRANSACTION: fault,
  FUTURE_TICK: { status: 422, title: 'The tick is in the future' },
  GRANTS_MISSING: fault,
  HOST_NOT_SETTLED: fault,
  HOST_STATE: later,
  INTERRUPTED: later,
  INVALID_INSTANT: { status: 400, title: 'Invalid instant' },
  INVALID_OPTION: { status: 400, title: 'Invalid value' },
  INVALID_SCHEDULE: fault,
  JOB_NOT_REGISTERED: { status: 409, title: 'The job is not registered yet' },
  JOB_WITHOUT_ITEMS: { status: 422, title: 'The job has no items to retry' },
  LEASE_LOST: later,
  MIGRATION_TIMEOUT: later,
  MISSING_DRIVER: fault,
  MISSING_NODEMAILER: fault,
  NESTED_TRANSACTION: fault,
  NODE_TOO_OLD: fault,
  NOT_A_FORM: { status: 400, title: 'Not a form' },
  NOT_A_TICK: { status: 422, title: 'The schedule has no tick at this instant' },
  NOT_CONFIRMED: fault,
  PERIOD_NOT_OVER: { status: 409, title: 'The period has not ended' },
  PLAYER_ROW_MISSING: { status: 409, title: 'The player has no row yet' },
  RECONCILIATION_INTERRUPTED: later,
  REDIS_NOT_OPEN: later,
  REDIS_REFUSED: fault,
  ROW_LOCKED: later,
  RUN_LOCKED: later,
  RUN_TIMEOUT: later,
  SCHEMA_OUTDATED: fault,
  SCHEMA_TOO_NEW: fault,
  SHARDS_FAILED: fault,
  SHARDS_NOT_SUPPORTED: fault,
  SIMULATION_FAILED: fault,
  STATEMENT_TIMEOUT: later,
  STORE_CLOCK_RUNS: fault,
  STORE_UNAVAILABLE: later,
  TABLE_MAPPING_INVALID: fault,
  TOO_MANY_FAILED_ITEMS: fault,
  TRANSACTION_CONFLICT: { status: 409, title: 'The request conflicts with another one' },
  TRANSACTION_ENDED: fault,
  UNKNOWN_BOARD: { status: 404, title: 'Unknown leaderboard' },
  UNKNOWN_JOB: { status: 404, title: 'Unknown job' },
  UNKNOWN_PLAYER: { status: 404, title: 'Unknown player' },
  USAGE: fault,
  WHAT_IF_NOT_SUPPORTED: { status: 422, title: 'Other rules cannot be tried on this job' },
  WIRING: fault,
};

/** Why the game refuses a call. */
export type RefusalReason = 'no-lives' | 'expired' | 'already-completed' | 'at-maximum' | 'unknown-session';

/** Every reason of a refusal with its status. */
export const refusalKinds: Readonly<Record<RefusalReason, ProblemKind>> = {
  'no-lives': { status: 409, title: 'No lives left' },
  expired: { status: 409, title: 'The quiz has expired' },
  'already-completed': { status: 409, title: 'The quiz has already been completed' },
  'at-maximum': { status: 409, title: 'The maximum number of streak protections is reached' },
  'unknown-session': { status: 404, title: 'Unknown quiz session' },
};
