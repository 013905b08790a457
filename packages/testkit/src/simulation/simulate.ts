import { DAY_MS, MINUTE_MS, instant, addMs, type Instant, type Json } from '@gamekeeper/core';
import { type ScheduleParser } from '@gamekeeper/core/ports';
import { judgeTicks } from './judge-ticks.ts';
import { judgeCompletions, judgeOutcome } from './judge.ts';
import { KnownSchedules } from './known-schedules.ts';
import { performLater, type Performed } from './perform.ts';
import type { Fault, PlannedCourier, SimulationPlan } from './plan.ts';
import {
  isOvertaken,
  playReference,
  stepsByCommit,
  stepsByInstant,
  type ReferenceTick,
} from './reference.ts';
import type { Step } from './reference-runs.ts';
import type { Scenario, SimulatedStore } from './scenario.ts';
import { roleOf } from './simulated-courier.ts';
import { World } from './world.ts';

/** A simulated history. */
export interface History<Action extends Json = Json, Version extends Json = Json> {
  readonly plan: SimulationPlan<Action, Version>;
  /**
   * What happened, in sentences with their true times (UTC): faults, takeovers, and the ends of runs affected by them.
   */
  readonly story: readonly string[];
  /** The violations, in sentences that begin with the law; empty if every law held. */
  readonly violations: readonly string[];
  /** How many runs were completed. */
  readonly runs: number;
}

/** For delays between attempts, and for wakeups that come one after the other. */
const PROMPT_MARGIN_MS = 20_000;

/** A run, its shards, what processes held that died or were paused. */
const CARRIED_ROUNDS = 6;

const ALL = 1_000_000;

const schedulesOf = new WeakMap<object, ScheduleParser>();

/**
 * Simulates one history: instances, faults and players as planned; then the same ticks and actions without faults; and
 * compares them. The same plan gives exactly the same history.
 *
 * @throws {BrokenScenarioError} if a job fails even without faults; and whatever else the scenario's own code throws
 */
export async function simulate<Store extends SimulatedStore, Action extends Json, Version extends Json>(
  scenario: Scenario<Store, Action, Version>,
  plan: SimulationPlan<Action, Version>,
): Promise<History<Action, Version>> {
  const from = instant(scenario.from);
  const schedules = knownSchedules(scenario, from);
  const world = new World(scenario, plan, { from, schedules });
  const { store, clock } = world;
  const actions = performLater(world, plan.actions);
  const watches = scenario.invariants.map(({ name, watch }) => ({ name, check: watch() }));
  const wrong = new Set<string>();
  const check = async (when: 'meanwhile' | 'end'): Promise<void> => {
    for (const { name, check: holds } of watches) {
      for (const sentence of await holds(store, when)) wrong.add(`${name}: ${sentence}`);
    }
  };

  await world.begin();
  // Not awaited where it starts: a slow transaction may lock the store, and ends only as time passes.
  const checks: Promise<void>[] = [];
  for (const dayEnd of daysOf(from, scenario.days)) {
    await clock.advanceTo(dayEnd);
    await turn();
    checks.push(check('meanwhile'));
  }
  const through = await world.end();
  await Promise.all(checks);
  await check('end');

  const judged = await judgeTicks<Version>(store, {
    registrations: world.registrations,
    versionOf: (instanceId) => world.versionOf(instanceId),
    through,
    promptMs: promptMs(plan, scenario.leaseMs),
  });
  const reference = await playReference(scenario, {
    original: store,
    hostOn: (ports, itsClock, version) => world.hostOn(ports, itsClock, version),
    steps: stepsOf(world, { plan, ticks: judged.ticks, actions }),
    actions,
    through,
  });
  const state = (of: Store) => scenario.state(of, clock);
  const violations = [
    ...judgeCompletions(world.journal),
    ...judged.wrong,
    ...(await judgeOutcome(store, reference, state, actions)),
    ...wrong,
    ...(plan.delivery ? world.deliveries.judge(await store.outbox.list({ limit: ALL })) : []),
  ];
  return { plan, story: world.story.lines, violations, runs: world.journal.completions.length };
}

/** Returns the steps of the history without faults. */
function stepsOf<Store extends SimulatedStore, Action extends Json, Version extends Json>(
  world: World<Store, Action, Version>,
  {
    plan,
    ticks,
    actions,
  }: {
    readonly plan: SimulationPlan<Action, Version>;
    readonly ticks: readonly ReferenceTick<Version>[];
    readonly actions: readonly Performed<Action, Version>[];
  },
): readonly Step<Version>[] {
  const isTimely = actions.every(({ at, askedAt, planned }) => at === askedAt && planned.at === undefined);
  const { orderMatters = () => true } = world.scenario;
  const isOrdered = (plan.deploys ?? []).some(({ version }) => orderMatters(version));
  const { entries } = world.journal;
  if (isTimely && !isOrdered && !isOvertaken(entries, actions)) return stepsByInstant(ticks, actions);
  const versionOf = (instanceId: string): Version | null => world.versionOf(instanceId);
  return stepsByCommit(entries, { ticks, actions, versionOf });
}

/**
 * Returns how late a run may be if one instance has no faults: each fault of another instance may leave a lease that
 * must expire first, and its clock may be behind. `null` if every instance has faults, or if the store itself may be
 * locked or down.
 */
function promptMs(
  { skewsMs, faults, actions, courier, deploys = [], measuresClocks = false }: SimulationPlan<Json, Json>,
  leaseMs: number,
): number | null {
  const struck = new Set(faults.map(({ instance }) => instance % skewsMs.length));
  const holdsTheStore =
    faults.some(({ what }) => ['slow', 'outage', 'held', 'cache-away'].includes(what.kind)) ||
    actions.some(({ transaction }) => (transaction?.holdsMs ?? 0) > 0);
  if (holdsTheStore || deploys.length > 0 || struck.size === skewsMs.length) return null;
  const roles = skewsMs.map((_, index) => (courier ? roleOf(courier, index, skewsMs.length) : 'both'));
  const well = roles.filter((_, index) => !struck.has(index));
  if (!['send', 'work'].every((role) => well.some((one) => one === role || one === 'both'))) return null;
  const late = skewsMs
    .filter((_, index) => !struck.has(index))
    // An instance that is ahead must wait, and claims again within a minute.
    .map((skewMs) => (measuresClocks ? 0 : skewMs < 0 ? -skewMs : Math.min(skewMs, MINUTE_MS)));
  // The instance that sends and the one that works may have different clocks.
  const lateMs = courier ? Math.max(...late) : Math.min(...late);
  return (faults.length + 1) * leaseMs + lateMs + carriedWithinMs(courier, faults) + PROMPT_MARGIN_MS;
}

/** How long a courier may take for a run and its shards: the bell rings until nothing is lost, for each of them. */
function carriedWithinMs(courier: PlannedCourier | undefined, faults: readonly Fault[]): number {
  const losses = faults.filter(({ what }) => what.kind === 'items-lost').length;
  return courier ? (CARRIED_ROUNDS + losses) * (3 * courier.bellMs + courier.maxDelayMs) : 0;
}

function knownSchedules(scenario: Pick<Scenario, 'schedules' | 'days'>, from: Instant): ScheduleParser {
  const known =
    schedulesOf.get(scenario) ?? new KnownSchedules(scenario.schedules, { from, days: scenario.days });
  schedulesOf.set(scenario, known);
  return known;
}

function daysOf(from: Instant, days: number): readonly Instant[] {
  return Array.from({ length: days }, (_, day) => addMs(from, (day + 1) * DAY_MS));
}

/** Yields to the event loop of the process; a history itself never does. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
