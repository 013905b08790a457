import type { HealthCheck } from '../health/check.ts';
import type { Logger } from '../common/logger.ts';
import type { MetricSource } from '../metrics/metric.ts';
import type { AbortSignal } from '../time/abort.ts';
import type { SetupFinding } from './setup.ts';
import type { Binding, Token } from './token.ts';

/** What a module receives when it is opened. */
export interface OpenContext {
  /**
   * Whether the module migrates its store, overriding its own options; `undefined`: its own options decide. If
   * `false`, the module changes nothing and throws {@link SchemaOutdatedError} if the store lacks what this version
   * needs.
   */
  readonly migrate: boolean | undefined;
  readonly logger: Logger;
  /** Aborts when the host is stopped while opening. Pending work should then end and throw the signal's reason. */
  readonly signal: AbortSignal;
}

/**
 * What an adapter package contributes to a host: bindings as data, and what to do before the first use and after the
 * last.
 */
export interface HostModule {
  /** Names the module in error messages. */
  readonly name: string;
  readonly bindings: readonly Binding[];
  /** Health checks of this module. Called once, with access to what the host's modules bind. */
  readonly healthChecks?: (resolve: <T>(token: Token<T>) => T) => readonly HealthCheck[];
  /** Metrics of this process. Called once, with access to what the host's modules bind. */
  readonly metrics?: (resolve: <T>(token: Token<T>) => T) => readonly MetricSource[];
  /**
   * Returns what {@link open} would find outside of this process: servers, privileges, schemas. Changes nothing, may be
   * called at any time, and has its own deadline. Problems are returned as findings; it throws only for faults in its
   * own code.
   */
  readonly checkSetup?: () => Promise<readonly SetupFinding[]>;
  /**
   * Connects, migrates, checks. Called once, in the order of the host's modules, before any job runs. If it waits for
   * another instance or server, it logs that, and it has a deadline.
   */
  readonly open?: (context: OpenContext) => Promise<void>;
  /** Releases what `open` acquired. Called once, in reverse order of the modules, after the last run. */
  readonly close?: () => Promise<void>;
}
