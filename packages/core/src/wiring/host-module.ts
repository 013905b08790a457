import { GamekeeperError } from '../errors.ts';
import type { HealthCheck } from '../health/check.ts';
import type { Logger } from '../logger.ts';
import type { MetricSource } from '../metrics/metric.ts';
import type { AbortSignal } from '../time/abort.ts';
import type { Binding, Token } from './token.ts';

/** What a module is given when it is opened. */
export interface OpenContext {
  /**
   * Whether a module may bring its store up to date. With `false` it changes nothing, and throws
   * {@link SchemaOutdatedError} where the store lacks what this version of the module needs.
   */
  readonly migrate: boolean;
  readonly logger: Logger;
  /** Aborts when the host is stopped meanwhile. Whatever waits should end then, and throw the signal's reason. */
  readonly signal: AbortSignal;
}

/** A store lacks tables or columns that this version needs, and was opened without leave to make them. */
export class SchemaOutdatedError extends GamekeeperError<'SCHEMA_OUTDATED'> {
  /** The migrations that have not run here, oldest first. */
  readonly pending: readonly string[];

  /** @param place such as `schema "gamekeeper"` */
  constructor(place: string, pending: readonly string[]) {
    super(
      'SCHEMA_OUTDATED',
      `In ${place} ${pending.length === 1 ? 'a migration has' : `${pending.length} migrations have`} not run (${pending.join(', ')}); run \`gamekeeper migrate\`, or start a host with this version.`,
    );
    this.pending = pending;
  }
}

/**
 * What an adapter package hands to the composition root: bindings as data, and what must happen before the first use
 * and after the last.
 */
export interface HostModule {
  /** Names the module in error messages. */
  readonly name: string;
  readonly bindings: readonly Binding[];
  /** What the host is to judge beside its jobs: asked for once, with what its modules bind. */
  readonly healthChecks?: (resolve: <T>(token: Token<T>) => T) => readonly HealthCheck[];
  /** What the module measures of this process: asked for once, with what the host's modules bind. */
  readonly metrics?: (resolve: <T>(token: Token<T>) => T) => readonly MetricSource[];
  /**
   * Connects, migrates, checks. Called once, in the order of the host's modules, before any job runs. What waits here
   * for somebody else says so in the log, and has a deadline.
   */
  readonly open?: (context: OpenContext) => Promise<void>;
  /** Gives back what `open` took. Called once, in the opposite order, after the last run. */
  readonly close?: () => Promise<void>;
}
