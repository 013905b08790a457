import { InvalidOptionError, verdicts, wholeNumber, type HostHealth } from '@gamekeeper/core';
import {
  diag,
  metrics,
  type BatchObservableResult,
  type Meter,
  type MeterProvider,
  type ObservableGauge,
} from '@opentelemetry/api';
import { setTimeout } from 'node:timers/promises';
import { errorType } from './errors.ts';
import { SCOPE } from './scope.ts';

/** What {@link healthGauges} takes. */
export interface HealthGaugesOptions {
  /** Default: the one that is registered with the OpenTelemetry API now. */
  readonly meterProvider?: MeterProvider;
  /** How long a collection waits for the health. Milliseconds, default 5,000. */
  readonly answerWithinMs?: number;
}

/** Gauges that are read at every collection. */
export interface HealthGauges {
  /** They are read no longer. */
  stop(): void;
}

/**
 * Shows the health of a host as gauges: the lag and the verdict of every job, what waits in the outbox, the period that
 * waits for its seal or the end of its reset, the drift of the cache, the checks, the skew of the host's clock. The host is asked at every collection. While it cannot tell,
 * `gamekeeper.health.known` is 0 and the others keep what they showed or have no value, as the SDK does it; the rest of the
 * collection goes on.
 *
 * The answer of every instance is the same, but for the skew of its own clock: aggregate over instances with `max`,
 * never with `sum`.
 *
 * @param host usually the `JobHost`, open or started by the time of the first collection
 * @throws {InvalidOptionError}
 * @example
 * await host.start();
 * const gauges = healthGauges(host);
 */
export function healthGauges(
  host: { health(): Promise<HostHealth>; readonly clockSkewMs?: number | null },
  { meterProvider, answerWithinMs = 5_000 }: HealthGaugesOptions = {},
): HealthGauges {
  wholeNumber('answerWithinMs', answerWithinMs, { min: 1, max: 600_000 });
  if (typeof host?.health !== 'function')
    throw new InvalidOptionError('host', host, 'give what createJobHost answers');
  const meter = (meterProvider ?? metrics).getMeter(SCOPE);
  const gauges = makeGauges(meter);
  const all = Object.values(gauges);
  const observe = async (result: BatchObservableResult): Promise<void> => {
    const health = await known(host, answerWithinMs);
    result.observe(gauges.known, health ? 1 : 0);
    if (health) tell(result, gauges, health);
    if (host.clockSkewMs != null) result.observe(gauges.skew, host.clockSkewMs / 1_000);
  };
  meter.addBatchObservableCallback(observe, all);
  return { stop: () => meter.removeBatchObservableCallback(observe, all) };
}

/** The host's health, unless it cannot be told in time. */
async function known(
  host: { health(): Promise<HostHealth> },
  answerWithinMs: number,
): Promise<HostHealth | null> {
  try {
    return await Promise.race([host.health(), setTimeout(answerWithinMs, null, { ref: false })]);
  } catch (error) {
    diag.warn(`gamekeeper: the health of the jobs is not known (${errorType(error)})`);
    return null;
  }
}

interface Gauges extends Record<string, ObservableGauge> {
  readonly known: ObservableGauge;
  readonly lag: ObservableGauge;
  readonly verdict: ObservableGauge;
  readonly pending: ObservableGauge;
  readonly outboxLag: ObservableGauge;
  readonly outboxWait: ObservableGauge;
  readonly unsealed: ObservableGauge;
  readonly unfinished: ObservableGauge;
  readonly check: ObservableGauge;
  readonly drift: ObservableGauge;
  readonly skew: ObservableGauge;
}

function makeGauges(meter: Meter): Gauges {
  return {
    known: meter.createObservableGauge('gamekeeper.health.known', {
      unit: '1',
      description: '1 when the host could tell the health of its jobs and checks, 0 when not.',
    }),
    lag: meter.createObservableGauge('gamekeeper.job.lag', {
      unit: 's',
      description:
        'Time since the newest tick of the job that succeeded, its registration or its resumption.',
    }),
    verdict: meter.createObservableGauge('gamekeeper.job.verdict', {
      unit: '1',
      description: '1 for the verdict on the job, 0 for every other.',
    }),
    pending: meter.createObservableGauge('gamekeeper.outbox.pending', {
      unit: '{event}',
      description: 'Events that were not delivered yet.',
    }),
    outboxLag: meter.createObservableGauge('gamekeeper.outbox.lag', {
      unit: 's',
      description: 'Time since the first of them happened.',
    }),
    outboxWait: meter.createObservableGauge('gamekeeper.outbox.wait', {
      unit: 's',
      description: 'Time since the first of them was written.',
    }),
    unsealed: meter.createObservableGauge('gamekeeper.leaderboard.unsealed', {
      unit: 's',
      description: 'Time since the end of the oldest period that is not sealed; 0 when none waits.',
    }),
    unfinished: meter.createObservableGauge('gamekeeper.leaderboard.unfinished', {
      unit: 's',
      description:
        'Time since the oldest period was sealed whose reset is not finished; 0 when none is unfinished.',
    }),
    check: meter.createObservableGauge('gamekeeper.check.healthy', {
      unit: '1',
      description: '1 when all is well with what the check looks at, 0 when not.',
    }),
    drift: meter.createObservableGauge('gamekeeper.cache.drift', {
      unit: '{member}',
      description: 'Members of cached leaderboards that the newest recalculation put right.',
    }),
    skew: meter.createObservableGauge('gamekeeper.clock.skew', {
      unit: 's',
      description: 'By how much the clock of this host is ahead of the store’s; negative: behind.',
    }),
  };
}

function tell(
  result: BatchObservableResult,
  { lag, verdict, check, pending, outboxLag, outboxWait, unsealed, unfinished, drift }: Gauges,
  health: HostHealth,
): void {
  for (const job of health.jobs) {
    const about = { 'gamekeeper.job': job.job };
    result.observe(lag, job.lagMs / 1_000, about);
    for (const each of verdicts) {
      result.observe(verdict, job.verdict === each ? 1 : 0, { ...about, 'gamekeeper.verdict': each });
    }
  }
  for (const one of health.checks) {
    result.observe(check, one.verdict === 'healthy' ? 1 : 0, { 'gamekeeper.check': one.check });
  }
  if (health.outbox) {
    result.observe(pending, health.outbox.pending);
    result.observe(outboxLag, (health.outbox.oldestAgeMs ?? 0) / 1_000);
    result.observe(outboxWait, (health.outbox.oldestWaitMs ?? 0) / 1_000);
  }
  result.observe(unsealed, (health.oldestUnsealed?.ageMs ?? 0) / 1_000);
  result.observe(unfinished, (health.oldestUnfinished?.ageMs ?? 0) / 1_000);
  if (health.drift) result.observe(drift, health.drift.repaired);
}
