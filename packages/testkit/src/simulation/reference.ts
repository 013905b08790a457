import {
  GamekeeperError,
  iso,
  type Batch,
  type Clock,
  type Instant,
  type JobDefinition,
  type Json,
  type Timer,
} from '@gamekeeper/core';
import { type JobRegistry, type JobTicks } from '@gamekeeper/core/ports';
import { createAbortController, failureText } from '@gamekeeper/core/engine';
import type { Entry } from './journal.ts';
import { actAsPlanned, inWords, isUndone, type Performed } from './perform.ts';
import type { Players, Scenario, SimulatedStore } from './scenario.ts';
import type { SimulatedHost } from './simulated-instance.ts';
import { withVerbs } from './with-verbs.ts';

/** A job failed without any fault, so there is no reference to compare with. */
export class BrokenScenarioError extends GamekeeperError<'BROKEN_SCENARIO'> {
  constructor(job: JobDefinition, tick: Instant, cause: unknown) {
    super(
      'BROKEN_SCENARIO',
      `${job.name} at ${iso(tick)} failed in the undisturbed history (${String(cause)}); correct the job or the store of the scenario first.`,
      { cause },
    );
  }
}

/** A step of the undisturbed history. */
export type Step<Version extends Json = Json> =
  | {
      /** One batch of a run, all remaining ones, or the end of a run without work. */
      readonly kind: 'batch' | 'rest' | 'pass';
      readonly job: string;
      readonly tick: Instant;
      readonly version: Version | null;
      readonly at: Instant;
    }
  | {
      readonly kind: 'action';
      readonly index: number;
      /** Whether ticks before the action may not have run yet. */
      readonly appliesDueTicks: boolean;
      readonly at: Instant;
    };

/** A tick that a history ran. */
export interface ReferenceTick<Version extends Json = Json> {
  readonly at: Instant;
  readonly job: string;
  /** Its position among the jobs: ticks of one instant run in that order. */
  readonly place: number;
  readonly version: Version | null;
}

/** The undisturbed history of the same ticks and actions. */
export interface Reference<Store> {
  readonly store: Store;
  readonly clock: Clock;
  /** The result of each action. */
  readonly answers: readonly string[];
}

/**
 * Returns ticks and actions, each at its own instant: however late a run was, its outcome is that of its tick. At one
 * instant, ticks come first, in the order of the jobs. Players never have due ticks to apply.
 */
export function stepsByInstant<Version extends Json>(
  ticks: readonly ReferenceTick<Version>[],
  actions: readonly Performed[],
): readonly Step<Version>[] {
  const steps: Step<Version>[] = [];
  const inOrder = ticks.toSorted((a, b) => a.at - b.at || a.place - b.place);
  let next = 0;
  const runThrough = (upTo: number): void => {
    for (let tick = inOrder[next]; tick && tick.at <= upTo; tick = inOrder[(next += 1)]) {
      const { job, at, version } = tick;
      steps.push({ kind: 'rest', job, tick: at, at, version });
    }
  };
  for (const [index, { askedAt }] of actions.entries()) {
    runThrough(askedAt);
    steps.push({ kind: 'action', index, appliesDueTicks: false, at: askedAt });
  }
  runThrough(Infinity);
  return steps;
}

/**
 * Returns ticks and actions in the order of their commits. This order matters if rules change, a host passes a wrong
 * time, or an action was overtaken. A player whose ticks have all run has no due ticks to apply.
 */
export function stepsByCommit<Version extends Json>(
  entries: readonly Entry[],
  {
    ticks,
    actions,
    versionOf,
  }: {
    readonly ticks: readonly ReferenceTick<Version>[];
    readonly actions: readonly Performed[];
    readonly versionOf: (instanceId: string) => Version | null;
  },
): readonly Step<Version>[] {
  const settledAt = new Map<string, number>();
  entries.forEach((entry, place) => {
    if (entry.kind === 'end' || entry.kind === 'pass') settledAt.set(`${entry.job} ${entry.tick}`, place);
  });
  const settled = ticks.map(({ job, at }) => ({ at, place: settledAt.get(`${job} ${at}`) ?? Infinity }));
  return entries.flatMap((entry, place): readonly Step<Version>[] => {
    const { at } = entry;
    if (entry.kind !== 'action') {
      const { job, tick, instanceId, kind } = entry;
      return [{ kind: kind === 'end' ? 'rest' : kind, job, tick, at, version: versionOf(instanceId) }];
    }
    const said = actions[entry.index]!;
    const upTo = said.planned.at ?? said.at;
    const waits = settled.some((tick) => tick.at <= upTo && tick.place > place);
    // Actions recorded late read the watermark.
    const isOdd = upTo > at || upTo !== said.askedAt;
    return [{ kind: 'action', index: entry.index, appliesDueTicks: waits || isOdd, at }];
  });
}

/**
 * Returns whether an action took effect after a later tick or action. While the store is locked, the calls of an
 * action queue. An action outside a host's transaction makes several calls, and a conflict repeats all of them: others
 * can overtake it.
 */
export function isOvertaken(entries: readonly Entry[], actions: readonly Performed[]): boolean {
  let newestTick = -Infinity;
  let newestAction = -1;
  return entries.some((entry) => {
    if (entry.kind !== 'action') {
      newestTick = Math.max(newestTick, entry.tick);
      return false;
    }
    const { askedAt, planned } = actions[entry.index]!;
    if (isUndone(planned)) return false;
    const overtaken = entry.index < newestAction || askedAt < newestTick;
    newestAction = Math.max(newestAction, entry.index);
    return overtaken;
  });
}

/** Plays steps one after the other, without an engine. */
export async function playReference<Store extends SimulatedStore, Action extends Json, Version extends Json>(
  scenario: Scenario<Store, Action, Version>,
  {
    hostOn,
    original,
    steps,
    actions,
    through,
  }: {
    readonly hostOn: (store: Store, clock: Clock, version: Version | null) => SimulatedHost;
    /** The store of the history, from which recorded schedules and rules are copied. */
    readonly original: Store;
    readonly steps: readonly Step<Version>[];
    readonly actions: readonly Performed<Action, Version>[];
    readonly through: Instant;
  },
): Promise<Reference<Store>> {
  const clock = new StandingClock(through);
  const opened = (scenario.openReference ?? scenario.openStore)(clock);
  const progress = new Map<string, Instant>();
  const recorded = await original.jobRegistry.ticks();
  const store = { ...opened, jobRegistry: registryOf(recorded, progress, opened.jobRegistry) };
  await scenario.handRecords?.(original, store);
  const runs = new ReferenceRuns(
    store,
    memoized((version: Version | null) => openJobs(hostOn(store, clock, version))),
  );
  const players = memoized((setting: string): Players<Action> => {
    const [version, appliesDueTicks] = JSON.parse(setting) as [Version | null, boolean];
    return scenario.players(store, clock, { version, appliesDueTicks });
  });
  const answers: string[] = [];
  for (const step of steps) {
    clock.standAt(step.at);
    if (step.kind !== 'action') {
      if (step.kind !== 'pass') await runs.play(step);
      progress.set(step.job, step.tick);
      continue;
    }
    const { planned, at, version } = actions[step.index]!;
    clock.standAt(at);
    const act = players(JSON.stringify([version, step.appliesDueTicks]));
    const { transaction, ...rest } = planned;
    const undisturbed = { ...rest, ...(transaction && { transaction: calm }) };
    answers[step.index] = isUndone(planned)
      ? 'rolled back by the host'
      : await inWords(
          actAsPlanned(act, undisturbed, { transactions: store.transactions, hold: async () => undefined }),
        );
  }
  clock.standAt(through);
  return { store, clock, answers };
}

/** Returns the jobs of a host that knows all recorded schedules and rules. */
async function openJobs({ jobs, refresh }: SimulatedHost): Promise<readonly JobDefinition[]> {
  await refresh();
  return jobs;
}

/** Returns a registry with the schedules of the history and the watermarks of the reference. */
function registryOf(
  recorded: readonly JobTicks[],
  progress: ReadonlyMap<string, Instant>,
  jobRegistry: JobRegistry,
): JobRegistry {
  const startOf = (job: string): Instant | null =>
    recorded.find((ticks) => ticks.job === job)?.startsAfter ?? null;
  return withVerbs(jobRegistry, {
    ticks: async () => recorded,
    watermark: async (job) => progress.get(job) ?? startOf(job),
  });
}

const calm = { holdsMs: 0, conflicts: 0, rollsBack: false };

/** No batch of the reference selects or excludes items. */
const everything = { only: null, skip: [], dryRun: false };

/** The runs of a reference, each of which may be between two batches. */
class ReferenceRuns<Version extends Json> {
  readonly #store: SimulatedStore;
  readonly #jobsOf: (version: Version | null) => Promise<readonly JobDefinition[]>;
  readonly #standing = new Map<string, { checkpoint: Json; readonly skip: readonly string[] }>();
  readonly #ended = new Set<string>();

  constructor(store: SimulatedStore, jobsOf: (version: Version | null) => Promise<readonly JobDefinition[]>) {
    this.#store = store;
    this.#jobsOf = jobsOf;
  }

  async play({ kind, job: name, tick, version }: Exclude<Step<Version>, { kind: 'action' }>): Promise<void> {
    const jobs = await this.#jobsOf(version);
    const job = jobs.find((one) => one.name === name)!;
    try {
      await this.#play(job, tick, kind === 'rest');
    } catch (cause) {
      throw new BrokenScenarioError(job, tick, cause);
    }
  }

  async #play(job: JobDefinition, asOf: Instant, toTheEnd: boolean): Promise<void> {
    const run = `${job.name} ${asOf}`;
    if (this.#ended.has(run)) return;
    const { signal } = createAbortController();
    const about = { ...everything, job: job.name, asOf, limit: job.maxBatchSize, signal };
    const known = this.#standing.get(run);
    if (!known && (await job.isIdle?.(asOf))) return void this.#ended.add(run);
    const standing = known ?? { checkpoint: null, skip: await spoiltItems(this.#store, job, about) };
    this.#standing.set(run, standing);
    for (;;) {
      const { next } = await this.#store.transactions.run((tx) => job.batch({ ...about, ...standing, tx }));
      standing.checkpoint = next;
      if (next === null) this.#ended.add(run);
      if (!toTheEnd || next === null) return;
    }
  }
}

/** Law 10 in its simplest form: each item is tried alone; failing ones are recorded and skipped. */
async function spoiltItems(
  store: SimulatedStore,
  job: JobDefinition,
  about: Omit<Batch, 'tx' | 'checkpoint'>,
): Promise<readonly string[]> {
  const { asOf } = about;
  const items = await job.items?.({ asOf, checkpoint: null, limit: job.maxBatchSize, skip: [] });
  const skip: string[] = [];
  const undone = new Error('the item was only tried');
  for (const item of items ?? []) {
    await store.transactions
      .run(async (tx) => {
        await job.batch({ ...about, tx, checkpoint: null, only: [item] });
        throw undone;
      })
      .catch(async (error: unknown) => {
        if (error === undone) return;
        skip.push(item);
        const failure = { job: job.name, tick: asOf, item, error: failureText(error) };
        await store.transactions.run((tx) => store.failedItems.record(tx, failure));
      });
  }
  return skip;
}

function memoized<Key, Made>(make: (key: Key) => Made): (key: Key) => Made {
  const made = new Map<Key, Made>();
  return (key) => {
    if (!made.has(key)) made.set(key, make(key));
    return made.get(key)!;
  };
}

/** A clock that stays where it is set. */
class StandingClock implements Clock {
  #now: Instant;

  constructor(now: Instant) {
    this.#now = now;
  }

  standAt(now: Instant): void {
    this.#now = now;
  }

  now(): Instant {
    return this.#now;
  }

  setTimer(): Timer {
    return { cancel: () => undefined };
  }
}
