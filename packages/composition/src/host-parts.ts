import {
  type Clock,
  type Gameplay,
  type Leaderboards,
  type Logger,
  type Players,
  type PlayerLives,
  type PlayerStreaks,
  type ScheduledJob,
} from '@gamekeeper/core';
import {
  type HostModule,
  type RunLedger,
  type MetricSource,
  type Outbox,
  type OutboxPartitions,
  type DryRuns,
} from '@gamekeeper/core/ports';
import {
  type ClockWatch,
  type EventRelay,
  type HealthWatch,
  type JobEngine,
  type Outages,
  type RecordRefresher,
  type RegistrationMode,
  type RunCounters,
} from '@gamekeeper/core/engine';
import {
  type CacheUpdater,
  type ExplainPorts,
  type HostHealthPorts,
  type WhatIfPorts,
} from '@gamekeeper/core/game';
import type { Container } from 'inversify';
import type { RecordedRules } from './recorded-rules.ts';

/** What a {@link JobHost} is made of. */
export interface JobHostParts {
  readonly container: Container;
  readonly modules: readonly HostModule[];
  readonly engine: JobEngine;
  readonly ledger: RunLedger;
  readonly clock: Clock;
  /** The clock for measuring durations; it cannot be set. */
  readonly monotonicClock: Clock;
  readonly jobs: readonly ScheduledJob[];
  readonly watch: HealthWatch;
  /** `null` if the host's clock does not follow the store's. */
  readonly clockWatch: ClockWatch | null;
  readonly refuseSkewedClock: boolean;
  readonly dryRuns: DryRuns;
  /** `null` without a bus. */
  readonly relay: EventRelay | null;
  /** `null` if the boards are read from the store itself. */
  readonly cacheUpdater: CacheUpdater | null;
  readonly outbox: Outbox;
  readonly partitions: OutboxPartitions;
  /** What its health is computed from. */
  readonly healthPorts: HostHealthPorts;
  readonly rules: RecordedRules;
  readonly refresh: RecordRefresher;
  readonly lives: PlayerLives;
  readonly streaks: PlayerStreaks;
  readonly players: Players;
  readonly explainPorts: ExplainPorts;
  readonly whatIfPorts: WhatIfPorts;
  readonly gameplay: Gameplay;
  readonly leaderboards: Leaderboards;
  readonly logger: Logger;
  readonly counters: RunCounters;
  readonly outages: Outages;
  /** The metrics that the modules contribute about this process. */
  readonly metrics: readonly MetricSource[];
  readonly shutdownTimeoutMs: number;
  /** Called once the modules are open, before the jobs are registered. */
  readonly prepare: () => Promise<void>;
}

/** Checks the clock, and registers jobs and stores rules according to the mode. */
export async function prepareJobs(
  { clock, clockWatch, refuseSkewedClock, prepare, engine, rules }: JobHostParts,
  register: RegistrationMode,
): Promise<void> {
  // A tool that only attaches does not report clock skew: it uses the store's clock and exits soon.
  if (register === 'all') await clockWatch?.open({ refuse: refuseSkewedClock });
  else await clockWatch?.measure();
  await prepare();
  await engine.register(register);
  await rules.record(clock.now(), register);
}

export async function stopAll(
  { engine, watch, relay, cacheUpdater }: JobHostParts,
  withinMs: number,
): Promise<boolean> {
  const all = [engine, watch, relay, cacheUpdater].filter((part) => part !== null);
  return (await Promise.all(all.map((part) => part.stop(withinMs)))).every(Boolean);
}
