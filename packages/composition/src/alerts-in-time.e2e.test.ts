import { addMs, silentLogger, type Claim, type Clock, type Instant, type Verdict } from '@gamekeeper/core';
import { isUnhealthy } from '@gamekeeper/core/engine';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import {
  VirtualClock,
  memoryAdapters,
  memoryJobPorts,
  memoryStore,
  type MemoryJobPorts,
} from '@gamekeeper/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ENDING_MS,
  alertsOf,
  gravity,
  referenceJobs,
  verdictAt,
  type Fact,
  type WatchedJob,
  type Told,
} from '../test/health-reference.ts';
import { noBuiltInJobs } from '../test/hosts.ts';
import { troubles, waysToFail, type Trouble, type WayToFail } from '../test/troubled-jobs.ts';
import { createJobHost } from './create-job-host.ts';
import type { JobHost } from './job-host.ts';

/** What people hear of in every history of that kind. */
const troublesOf: Readonly<Record<WayToFail, readonly Verdict[]>> = {
  'never started': ['never-ran', 'healthy'],
  'crashed scheduler': ['late', 'healthy'],
  // Late or stuck, whichever came first.
  'hung run': ['healthy'],
  'failing runs': ['failing'],
  'empty ledger': [],
  paused: [],
};
const YEAR_MS = 365 * 86_400_000;
const disabled = noBuiltInJobs();

/** Three instances that watch one job in one store, each by a clock of its own. */
class World {
  readonly told: Told[] = [];
  readonly #clock: VirtualClock;
  readonly #hosts: readonly JobHost[];
  readonly #trouble: Trouble;
  readonly #job: string;
  readonly #claims = new Map<Instant, Claim>();
  readonly #empty: () => MemoryJobPorts;
  #ports: MemoryJobPorts;

  constructor(job: string, trouble: Trouble) {
    this.#job = job;
    this.#trouble = trouble;
    this.#clock = new VirtualClock(trouble.start);
    const store = memoryStore(this.#clock);
    this.#ports = store;
    this.#empty = () => memoryJobPorts(store.transactions);
    const ports = this.#whicheverPorts(store);
    this.#hosts = trouble.skewsMs.map((skewMs) =>
      createJobHost({
        modules: [memoryAdapters({ ...store, ...ports }), cronerScheduler()],
        clock: skewed(this.#clock, skewMs),
        logger: silentLogger,
        jobOverrides: { ...disabled, [job]: { enabled: true, timeoutMs: trouble.timeoutMs } },
        health: {
          watchIntervalMs: trouble.everyMs,
          reminderIntervalMs: YEAR_MS,
          alerts: [
            {
              minSeverity: 'info',
              channel: {
                name: 'mail',
                send: async (alert) => {
                  if (alert.subject === 'job') this.told.push([alert.kind, alert.verdict, this.#clock.now()]);
                },
              },
            },
          ],
        },
      }),
    );
  }

  /** Lets everything happen, and each instance look at its instants. */
  async play(): Promise<void> {
    const { start, beginMs, diesAt, facts, through } = this.#trouble;
    for (const host of this.#hosts) await host.open();
    const events = [
      ...this.#hosts.map((host, index) => ({
        at: addMs(start, beginMs[index]!),
        happen: () => host.watch(),
      })),
      ...this.#hosts.map((host, index) => ({ at: diesAt[index] ?? through, happen: () => host.stop() })),
      ...facts.map((fact) => ({ at: fact.at, happen: () => this.#happen(fact) })),
    ];
    for (const { at, happen } of events.sort((a, b) => a.at - b.at)) {
      await this.#clock.advanceTo(at);
      await happen();
    }
  }

  async #happen(fact: Fact): Promise<unknown> {
    const job = this.#job;
    switch (fact.what) {
      case 'registered':
        return undefined;
      case 'emptied':
        return (this.#ports = this.#empty());
      case 'paused':
        return this.#ports.jobRegistry.pause(job);
      case 'resumed':
        return this.#ports.jobRegistry.resume(job);
      case 'began': {
        const outcome = await this.#ports.ledger.claim({
          job,
          tick: fact.tick,
          instanceId: 'four',
          leaseMs: YEAR_MS,
        });
        if (outcome.kind !== 'claimed') throw new Error(`the run is ${outcome.kind}`);
        return this.#claims.set(fact.tick, outcome.claim);
      }
      case 'succeeded':
        return this.#ports.ledger.succeed(null, this.#claims.get(fact.tick)!, {
          checkpoint: null,
          processed: 1,
        });
      case 'failed':
        return this.#ports.ledger.fail(this.#claims.get(fact.tick)!, 'poison');
    }
  }

  /** Ports that are the present ones at each call. */
  #whicheverPorts({
    ledger,
    shardLedger,
    jobRegistry,
    verdictLog,
    storeTime,
    runOverview,
  }: MemoryJobPorts): MemoryJobPorts {
    const whichever = <Port extends object>(first: Port, present: () => Port): Port =>
      new Proxy(first, {
        get: (_target, name) => {
          const value: unknown = Reflect.get(present(), name);
          return typeof value === 'function' ? (value.bind(present()) as unknown) : value;
        },
      });
    return {
      ledger: whichever(ledger, () => this.#ports.ledger),
      runOverview: whichever(runOverview, () => this.#ports.runOverview),
      shardLedger: whichever(shardLedger, () => this.#ports.shardLedger),
      jobRegistry: whichever(jobRegistry, () => this.#ports.jobRegistry),
      verdictLog: whichever(verdictLog, () => this.#ports.verdictLog),
      storeTime: whichever(storeTime, () => this.#ports.storeTime),
    };
  }
}

/** A clock that is ahead of another, or behind it. */
function skewed(clock: Clock, ms: number): Clock {
  return {
    now: () => addMs(clock.now(), ms),
    setTimer: (at, run) => clock.setTimer(addMs(at, -ms), run),
  };
}

/** The instants at which some instance looks, in order. */
function looksOf({ start, everyMs, beginMs, diesAt, through }: Trouble): readonly Instant[] {
  const looks = beginMs.flatMap((ms, index) => {
    const own: Instant[] = [];
    for (let at = addMs(start, ms); at < (diesAt[index] ?? through); at = addMs(at, everyMs)) own.push(at);
    return own;
  });
  return looks.sort((a, b) => a - b);
}

/** What is known of the job: hosts register it when they are opened, and again at a look that finds it unknown. */
function withRegistrations({ start, facts }: Trouble, looks: readonly Instant[]): readonly Fact[] {
  const emptied = facts.filter(({ what }) => what === 'emptied');
  const again = emptied.flatMap(({ at }) => looks.find((look) => look > at) ?? []);
  const registrations = [start, ...again].map((at): Fact => ({ at, what: 'registered' }));
  return [...registrations, ...facts].sort((a, b) => a.at - b.at);
}

/**
 * The first millisecond of each trouble that lasts, with its verdict, and of each that lasts and is graver than all that
 * came before it since somebody must have seen the job well.
 */
function beginnings(job: WatchedJob, facts: readonly Fact[], { everyMs, through }: Trouble) {
  const overrunMs = job.timeoutMs + ENDING_MS;
  const changes = facts.flatMap((fact) => [
    fact.at,
    addMs(job.windowEnd('tick' in fact ? fact.tick : fact.at), 1),
    addMs(fact.at, overrunMs + 1),
  ]);
  const instants = [...new Set(changes)].filter((at) => at >= facts[0]!.at && at <= through);
  const verdicts = instants.sort((a, b) => a - b).map((at) => ({ at, verdict: verdictAt(job, facts, at) }));
  const turns = verdicts.filter(({ verdict }, index) => verdict !== verdicts[index - 1]?.verdict);
  const lasts = (index: number): number => (turns[index + 1]?.at ?? through) - turns[index]!.at;
  const isNews = (index: number): boolean => {
    const wellAt = turns.findLastIndex(
      ({ verdict }, before) => before < index && !isUnhealthy(verdict) && lasts(before) > everyMs,
    );
    const since = turns.slice(wellAt + 1, index);
    return since.every(({ verdict }) => gravity(verdict) < gravity(turns[index]!.verdict));
  };
  return turns.filter(
    ({ at, verdict }, index) =>
      isUnhealthy(verdict) && lasts(index) > everyMs && at + everyMs < through && isNews(index),
  );
}

describe('law 11: three instances with clocks of their own', () => {
  describe.each(referenceJobs.map((job) => [job.name, job] as const))('watching %s', (name, reference) => {
    it.each(waysToFail)('tell of each trouble once, in time, and of each recovery once: %s', async (way) => {
      await fc.assert(
        fc.asyncProperty(troubles(reference, way), async (trouble) => {
          const job = { ...reference, timeoutMs: trouble.timeoutMs };
          const looks = looksOf(trouble);
          const facts = withRegistrations(trouble, looks);
          const world = new World(name, trouble);
          await world.play();
          expect(world.told).toEqual(alertsOf(job, facts, looks));
          if (way === 'empty ledger') return;
          expect(world.told.map(([, verdict]) => verdict)).toEqual(
            expect.arrayContaining([...troublesOf[way]]),
          );
          for (const { at, verdict } of beginnings(job, facts, trouble)) {
            const inTime = world.told.filter(
              ([, told, when]) => told === verdict && when >= at && when <= at + trouble.everyMs,
            );
            expect(inTime).toHaveLength(1);
          }
        }),
        { numRuns: reference.intervalMs > 86_400_000 ? 2 : 8 },
      );
    });
  });
});
