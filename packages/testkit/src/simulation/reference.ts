import { type Clock, type Instant, type JobDefinition, type Json, type Timer } from '@gamekeeper/core';
import { type JobRegistry, type JobTicks } from '@gamekeeper/core/ports';
import type { Entry } from './journal.ts';
import { actAsPlanned, inWords, isUndone, type Performed } from './perform.ts';
import type { Players, Scenario, SimulatedStore } from './scenario.ts';
import { ReferenceRuns, type Step } from './reference-runs.ts';
import type { SimulatedHost } from './simulated-instance.ts';
import { withVerbs } from './with-verbs.ts';

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
    if (entry.kind !== 'action' && entry.kind !== 'batch') settledAt.set(`${entry.job} ${entry.tick}`, place);
  });
  const settled = ticks.map(({ job, at }) => ({ at, place: settledAt.get(`${job} ${at}`) ?? Infinity }));
  return entries.flatMap((entry, place): readonly Step<Version>[] => {
    const { at } = entry;
    if (entry.kind !== 'action') {
      const { job, tick, instanceId, kind, shard } = entry;
      const played = kind === 'end' ? 'rest' : kind;
      return [{ kind: played, job, tick, at, version: versionOf(instanceId), ...(shard && { shard }) }];
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
