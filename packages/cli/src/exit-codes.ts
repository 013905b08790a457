import { isGamekeeperError } from '@gamekeeper/core';
import { CommanderError } from 'commander';
import { ConfigError, InterruptedError, NotConfirmedError, UsageError } from './errors.ts';

/** The exit codes of the command line, for scripts. */
export const exitCodes = {
  /** Success, and everything is healthy. */
  ok: 0,
  /** Something is unhealthy, or the action failed. */
  failed: 1,
  /** Invalid arguments, or an unknown job, board or tick. */
  usage: 2,
  /** The store is unavailable: unreachable, in use by another process, or not migrated. */
  unavailable: 3,
  /** There is no configuration, or no host can be created from it. */
  config: 4,
  /** The action cannot be undone and was not confirmed. */
  notConfirmed: 5,
  /** A bug in Gamekeeper, or an unexpected error. */
  fault: 70,
  /** Ctrl-C (SIGINT): running work was released. */
  interrupted: 130,
} as const;

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const unavailable = new Set([
  'STORE_UNAVAILABLE',
  'SCHEMA_OUTDATED',
  'SCHEMA_TOO_NEW',
  'GRANTS_MISSING',
  'DATABASE_LOGIN_REFUSED',
  'DATABASE_MISSING',
  'MIGRATION_TIMEOUT',
  'FOLDER_IN_USE',
  'REDIS_REFUSED',
  'CLOCK_SKEW',
]);

const badRequests = new Set([
  'UNKNOWN_JOB',
  'UNKNOWN_BOARD',
  'UNKNOWN_PLAYER',
  'JOB_NOT_REGISTERED',
  'NOT_A_TICK',
  'FUTURE_TICK',
  'DRY_RUN_NOT_SUPPORTED',
  'WHAT_IF_NOT_SUPPORTED',
  'JOB_WITHOUT_ITEMS',
  'INVALID_OPTION',
  'INVALID_INSTANT',
  'CANNOT_LISTEN',
]);

/** Returns the exit code for an error. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return exitCodes.usage;
  if (error instanceof ConfigError) return exitCodes.config;
  if (error instanceof NotConfirmedError) return exitCodes.notConfirmed;
  if (error instanceof InterruptedError) return exitCodes.interrupted;
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (!isGamekeeperError(error)) return exitCodes.fault;
  if (unavailable.has(error.code)) return exitCodes.unavailable;
  return badRequests.has(error.code) ? exitCodes.usage : exitCodes.failed;
}
