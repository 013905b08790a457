import { isGamekeeperError } from '@gamekeeper/core';
import { CommanderError } from 'commander';
import { ConfigError, InterruptedError, NotConfirmedError, UsageError } from './errors.ts';

/** What the command line ends with, for scripts to look at. */
export const exitCodes = {
  /** Done, and all is well. */
  ok: 0,
  /** Something is unhealthy, or what was asked for failed. */
  failed: 1,
  /** The command line, or something that it names, cannot be. */
  usage: 2,
  /** The store cannot be used now: unreachable, in use by another process, or not migrated. */
  unavailable: 3,
  /** There is no configuration, or no host can be made of it. */
  config: 4,
  /** It cannot be undone and was not confirmed. */
  notConfirmed: 5,
  /** A fault of Gamekeeper's, or an error that nobody expected. */
  fault: 70,
  /** Ctrl-C (SIGINT): what was begun was given back. */
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
  'JOB_NOT_REGISTERED',
  'NOT_A_TICK',
  'FUTURE_TICK',
  'DRY_RUN_NOT_SUPPORTED',
  'JOB_WITHOUT_ITEMS',
  'INVALID_OPTION',
  'INVALID_INSTANT',
  'CANNOT_LISTEN',
]);

/** The exit code that an error ends with. */
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
