import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  withoutBell,
  withoutComparison,
  withJoinByCounter,
  withoutEventKeys,
  withoutFence,
  withoutOneRunPerTick,
  withoutProgress,
  withoutRefusal,
  withoutRegistration,
  withoutRollback,
  withoutRuleHistory,
  withoutScheduleHistory,
  withoutShardFence,
  withoutStoredSpans,
  withoutStoreTime,
} from '../../test/broken-stores.ts';
import { searchHistories, simulationProperty, type SimulationError } from './check-simulation.ts';
import type { Dimension } from './dimensions.ts';
import { gameScenario, gameStore, type GameScenario } from './game-scenario.ts';
import { simulate, type History } from './simulate.ts';
import type { GameAction } from './game-players.ts';
import type { GameVersion } from './game-version.ts';

const day = gameScenario({ schedules: new CronerScheduleParser(), days: 1 });
const week = gameScenario({ schedules: new CronerScheduleParser() });
const ENOUGH = 1_000;

interface Search {
  readonly dimensions: readonly Dimension[];
  /** One that finds something early: a search of any other takes longer. */
  readonly seed: number;
}

type Found = History<GameAction, GameVersion>;

/** What a search finds when something is taken out: the smallest history that goes wrong. */
async function smallestFailure(changed: Partial<GameScenario>, { dimensions, seed }: Search): Promise<Found> {
  const broken = { ...day, openReference: gameStore, ...changed };
  const { failure, histories } = await searchHistories(broken, { histories: ENOUGH, seed, dimensions });
  if (!failure) throw new Error(`${histories} histories found nothing`);
  return blamed(failure.history, changed);
}

/** The first history that goes wrong when something is taken out. To make it small would take longer than to find it. */
async function firstFailure(changed: Partial<GameScenario>, { dimensions, seed }: Search): Promise<Found> {
  const broken = { ...day, openReference: gameStore, ...changed };
  const details = await fc.check(simulationProperty(broken, { dimensions }), {
    numRuns: ENOUGH,
    seed,
    endOnFailure: true,
  });
  if (!details.failed) throw new Error(`${details.numRuns} histories found nothing`);
  return blamed((details.errorInstance as SimulationError<GameAction, GameVersion>).history, changed);
}

/** What was taken out is to blame: with it in place, everything holds in the same history. */
async function blamed(history: Found, changed: Partial<GameScenario>): Promise<Found> {
  const whole = { ...day, ...changed, openStore: gameStore };
  expect(await simulate(whole, history.plan)).toMatchObject({ violations: [] });
  return history;
}

describe('the simulation has teeth', { timeout: 120_000 }, () => {
  it('law 1: finds a ledger that lets an attempt commit that has lost its lease, in a story of one fault', async () => {
    const { plan, violations, story } = await smallestFailure(
      { openStore: withoutFence },
      { dimensions: [], seed: 6 },
    );
    expect(violations.join('\n')).toMatch(/^law [123]: /);
    expect(plan.faults).toHaveLength(1);
    expect(plan.skewsMs.length).toBeLessThanOrEqual(3);
    expect(story.join('\n')).toMatch(/takes .* over \(attempt 2\)/);
  });

  it('law 1: finds a ledger that runs a tick again, in a story of two instances without a fault', async () => {
    const { plan, violations } = await smallestFailure(
      { openStore: withoutOneRunPerTick },
      { dimensions: [], seed: 5 },
    );
    expect(violations[0]).toMatch(/^law 1: .* was completed by [AB]1 and again by [AB]1$/);
    expect(plan).toMatchObject({ faults: [], actions: [] });
    expect(plan.skewsMs).toHaveLength(2);
  });

  it('law 3: finds an outbox that stores a fact twice, in a story of one instance', async () => {
    const { plan, violations } = await smallestFailure(
      { openStore: withoutEventKeys },
      { dimensions: [], seed: 3 },
    );
    expect(violations[0]).toMatch(/^law 3: the event DayTallied:2026-11-2\d is stored more than once$/);
    expect(plan).toMatchObject({ faults: [], actions: [], skewsMs: [0] });
  });

  it('clocks: finds a ledger that lets hosts run the future, in a story of one host that is ahead', async () => {
    const { plan, violations } = await smallestFailure(
      { openStore: withoutStoreTime },
      { dimensions: ['clocks'], seed: 3 },
    );
    expect(violations.join('\n')).toMatch(/^law 9: .* began .* too early$/m);
    const jumps = plan.faults.map(({ what }) => what.kind);
    expect(jumps.length + plan.skewsMs.filter((skewMs) => skewMs > 0).length).toBeGreaterThan(0);
    expect(jumps.length).toBeLessThanOrEqual(1);
    expect(plan).toMatchObject({ skewsMs: [expect.any(Number)], actions: [] });
  });

  it('deploys: finds a ledger that forgets the schedules before the newest', async () => {
    const { plan, violations } = await firstFailure(
      { openStore: withoutScheduleHistory },
      { dimensions: ['deploys'], seed: 3 },
    );
    expect(violations.join('\n')).toMatch(/^law [129]: /m);
    expect(plan.deploys?.flatMap(({ version }) => Object.keys(version))).toContain('schedules');
  });

  it('deploys: finds rules that count for all time as they are now', async () => {
    const { plan, violations } = await firstFailure(
      { openStore: withoutRuleHistory },
      { dimensions: ['deploys'], seed: 6 },
    );
    expect(violations.join('\n')).toMatch(/^law [24]: /m);
    expect(plan.deploys?.length).toBeGreaterThan(0);
  });

  it('deploys: finds a reset that closes periods as the board is defined by then', async () => {
    const { plan, violations } = await firstFailure(
      { ...week, openStore: withoutStoredSpans },
      { dimensions: ['deploys'], seed: 3 },
    );
    expect(violations.join('\n')).toMatch(/^law [12]: /m);
    expect(plan.deploys?.flatMap(({ version }) => Object.keys(version))).toContain('boards');
  });

  it('instants: finds ticks from before a job was registered', async () => {
    const { plan, violations } = await firstFailure(
      { openStore: withoutRegistration },
      { dimensions: ['instants'], seed: 6 },
    );
    expect(violations.join('\n')).toMatch(/^law [234]: /m);
    expect(plan.actions.some(({ at }) => at !== undefined)).toBe(true);
  });

  it('delivery: finds lanes that forget what was delivered', async () => {
    const { plan, violations } = await firstFailure(
      { openStore: withoutProgress },
      { dimensions: ['delivery'], seed: 1 },
    );
    expect(violations.join('\n')).toMatch(
      /^law 3: .* was delivered again, although nothing had come between$/m,
    );
    expect(plan).toMatchObject({ delivery: { handlerMs: expect.any(Number) as number } });
  });

  it('transactions: finds a store that keeps what a host has undone, in a story of one player', async () => {
    const { plan, violations } = await smallestFailure(
      { openStore: withoutRollback },
      { dimensions: ['transactions'], seed: 3 },
    );
    expect(violations.join('\n')).toMatch(/^law [24]: /m);
    expect(plan.faults).toEqual([]);
    expect(plan.actions.length).toBeLessThanOrEqual(3);
    expect(plan.actions.some(({ transaction }) => transaction)).toBe(true);
  });

  it('locks: finds a ledger without its fence where somebody holds the store past a lease', async () => {
    const { violations } = await firstFailure(
      { openStore: withoutFence },
      { dimensions: ['locks'], seed: 6 },
    );
    expect(violations.join('\n')).toMatch(/^law [123]: /);
  });

  it('shards: finds a ledger that lets an attempt commit that has lost its shard', async () => {
    const { plan, violations } = await firstFailure(
      { openStore: withoutShardFence },
      { dimensions: ['shards'], seed: 29 },
    );
    expect(violations.join('\n')).toMatch(/^law [123]: /m);
    expect(plan.shards?.atOnce).toBeGreaterThan(0);
  });

  it('shards: finds a ledger that joins a run by a counter', async () => {
    const { plan, violations } = await firstFailure(
      { openStore: withJoinByCounter },
      { dimensions: ['shards'], seed: 3 },
    );
    expect(violations.join('\n')).toMatch(/^law [123]: /m);
    expect(plan.shards?.atOnce).toBeGreaterThan(0);
  });

  it.each([
    ['lets an attempt commit that has lost its shard', withoutShardFence, 28],
    ['joins a run by a counter', withJoinByCounter, 3],
  ])('courier: finds a ledger that %s', async (_fault, openStore, seed) => {
    const { plan, violations } = await firstFailure(
      { openStore },
      { dimensions: ['courier', 'shards'], seed },
    );
    expect(violations.join('\n')).toMatch(/^law [123]: /m);
    expect(plan.shards?.atOnce).toBeGreaterThan(0);
  });

  it('courier: finds lost items without a bell', async () => {
    const { plan, violations } = await firstFailure(
      { openStore: withoutBell },
      { dimensions: ['courier'], seed: 3 },
    );
    expect(violations.join('\n')).toMatch(/^law [12]: .* (ended .* late|never ran)/m);
    expect(plan.courier?.bellMs).toBeGreaterThan(0);
  });

  it('cache: finds one that shows an empty board after it lost everything', async () => {
    const { plan, violations } = await firstFailure(
      { openStore: withoutRefusal },
      { dimensions: ['cache'], seed: 3 },
    );
    expect(violations.join('\n')).toMatch(/^law 6: .* is shown without any of its \d players$/m);
    expect(plan.faults.map(({ what }) => what.kind).join()).toMatch(/cache-/);
  });

  it('cache: finds a recalculation that does not compare what came back older', async () => {
    const { plan, violations } = await firstFailure(
      { openStore: withoutComparison },
      { dimensions: ['cache'], seed: 7 },
    );
    expect(violations.join('\n')).toMatch(/^law 2: boards: .* cached /m);
    expect(plan.faults.map(({ what }) => what.kind).join()).toMatch(/cache-/);
  });
});
