import type { HealthCheck } from '../health/check.ts';
import type { Logger } from '../common/logger.ts';
import type { MetricSource } from '../metrics/metric.ts';
import type { AbortSignal } from '../time/abort.ts';
import type { SetupFinding } from './setup.ts';
import type { Binding, Token } from './token.ts';

/** What a module is given when it is opened. */
export interface OpenContext {
  /**
   * Whether a module brings its store up to date, whatever its own options say; `undefined` leaves that to them. With
   * `false` it changes nothing, and throws {@link SchemaOutdatedError} where the store lacks what this version needs.
   */
  readonly migrate: boolean | undefined;
  readonly logger: Logger;
  /** Aborts when the host is stopped meanwhile. Whatever waits should end then, and throw the signal's reason. */
  readonly signal: AbortSignal;
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
   * Tells what {@link open} would find out about what is outside of this process: servers, rights, schemas. Changes
   * nothing, may be asked at any time, and has a deadline of its own. What is wrong is a finding; it throws for a fault
   * of its own only.
   */
  readonly checkSetup?: () => Promise<readonly SetupFinding[]>;
  /**
   * Connects, migrates, checks. Called once, in the order of the host's modules, before any job runs. What waits here
   * for somebody else says so in the log, and has a deadline.
   */
  readonly open?: (context: OpenContext) => Promise<void>;
  /** Gives back what `open` took. Called once, in the opposite order, after the last run. */
  readonly close?: () => Promise<void>;
}
