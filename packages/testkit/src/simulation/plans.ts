import { DAY_MS, HOUR_MS, MINUTE_MS, instant, type Json } from '@gamekeeper/core';
import fc from 'fast-check';
import { allDimensions, type Dimension } from './dimensions.ts';
import { faultPlans, instants, skews, sometimes, spans } from './fault-plans.ts';
import type { Deploy, HostTransaction, PlannedAction, PlannedCourier, SimulationPlan } from './plan.ts';
import type { Scenario, SimulatedStore } from './scenario.ts';

/** Which histories to generate. */
export interface PlanOptions {
  /** The kinds of faults; see {@link Dimension}. Default: all, each in some histories. */
  readonly dimensions?: readonly Dimension[];
}

/**
 * Generates histories of a scenario. They shrink to few instances, faults, deploys and actions, and to usual values.
 */
export function simulationPlans<Store extends SimulatedStore, Action extends Json, Version extends Json>(
  scenario: Scenario<Store, Action, Version>,
  options: PlanOptions = {},
): fc.Arbitrary<SimulationPlan<Action, Version>> {
  const dimensions = new Set(options.dimensions ?? allDimensions);
  const { maxInstances, days, versions } = scenario;
  const hasClocks = dimensions.has('clocks');
  const maxDeploys = dimensions.has('deploys') && versions ? 3 : 0;
  const plain = {
    skewsMs: fc.array(skews(dimensions), { minLength: 1, maxLength: maxInstances, size: 'max' }),
    faults: faultPlans(scenario, dimensions),
    actions: scenario.actions,
    requests: requests(scenario, dimensions),
    // An instance that does not measure asks for future ticks once a minute, which makes a long history.
    measuresClocks: hasClocks ? sometimes(fc.constant(false), true) : fc.constant(false),
    deploys: versions
      ? sometimes(fc.array(deploys(versions, days), { maxLength: maxDeploys, size: 'max' }), [])
      : fc.constant([]),
    delivery: dimensions.has('delivery') ? sometimes(deliveries(), null) : fc.constant(null),
    shards: dimensions.has('shards') ? sometimes(shards(), null) : fc.constant(null),
    courier: dimensions.has('courier') ? sometimes(couriers(), null) : fc.constant(null),
  };
  return fc
    .record(plain)
    .map(
      ({
        skewsMs,
        faults,
        actions,
        requests: asked,
        measuresClocks,
        deploys: planned,
        delivery,
        shards: sharing,
        courier,
      }) => ({
        skewsMs,
        faults,
        actions: actions.map((action, index) => ({ ...action, ...asked(index) })),
        // The clock of the host that brings a version decides when it starts to apply.
        ...((measuresClocks || planned.length > 0) && { measuresClocks: true }),
        ...(planned.length > 0 && { deploys: planned }),
        ...(delivery && { delivery }),
        ...(sharing && { shards: sharing }),
        ...(courier && { courier }),
      }),
    );
}

type Request = Pick<PlannedAction, 'through' | 'at' | 'transaction'>;

/** Generates how hosts perform the actions of players: the instance for all of them, and unusual ways for some. */
function requests(
  {
    from,
    days,
    maxInstances,
    playersTakeOptions = false,
  }: Pick<Scenario, 'from' | 'days' | 'maxInstances' | 'playersTakeOptions'>,
  dimensions: ReadonlySet<Dimension>,
): fc.Arbitrary<(index: number) => Request> {
  const instance = fc.nat({ max: maxInstances - 1 });
  const byInstances = dimensions.has('clocks') || dimensions.has('deploys');
  const routes = fc.array(instance, { maxLength: byInstances ? 5 : 0, size: 'max' });
  const which = fc.nat({ max: 60 });
  const start = instant(from);
  const many = { maxLength: 6, size: 'max' } as const;
  const odd = playersTakeOptions && dimensions.has('instants');
  const inHost = playersTakeOptions && dimensions.has('transactions');
  const oddInstants = odd
    ? sometimes(fc.array(fc.tuple(which, absurdInstants(start, days)), many), [])
    : fc.constant([]);
  const transactions = inHost
    ? sometimes(fc.array(fc.tuple(which, hostTransactions()), many), [])
    : fc.constant([]);
  return fc.tuple(routes, oddInstants, transactions).map(([through, ats, txs]) => {
    const [atOf, txOf] = [new Map(ats), new Map(txs)];
    return (index): Request => {
      const route = through[index % Math.max(1, through.length)];
      const [at, transaction] = [atOf.get(index), txOf.get(index)];
      return {
        ...(route !== undefined && { through: route }),
        ...(at !== undefined && { at }),
        ...(transaction && { transaction }),
      };
    };
  });
}

/**
 * Generates absurd instants: seconds instead of milliseconds, years ago, early in the history, slightly in the future,
 * centuries away.
 */
function absurdInstants(start: number, days: number): fc.Arbitrary<number> {
  const moment = instants(days).map((afterMs) => start + afterMs);
  return fc.oneof(
    moment.map((at) => Math.floor(at / 1_000)),
    fc.tuple(moment, fc.integer({ min: 1, max: 12 * 30 })).map(([at, count]) => at - count * DAY_MS),
    moment,
    fc.tuple(moment, fc.integer({ min: 1, max: 100 })).map(([at, years]) => at + years * 365 * DAY_MS),
  );
}

function hostTransactions(): fc.Arbitrary<HostTransaction> {
  return fc.record({
    holdsMs: fc.oneof(fc.constant(0), spans()),
    conflicts: fc.nat({ max: 2 }),
    rollsBack: fc.boolean(),
  });
}

function deploys<Version extends Json>(
  versions: fc.Arbitrary<Version>,
  days: number,
): fc.Arbitrary<Deploy<Version>> {
  const rollMs = fc.oneof(
    fc.constant(0),
    fc.integer({ min: 1, max: 30 }).map((minutes) => minutes * MINUTE_MS),
    fc.integer({ min: 1, max: 30 }).map((hours) => hours * HOUR_MS),
  );
  return fc.record({ afterMs: instants(days), rollMs, version: versions });
}

function shards(): fc.Arbitrary<{ readonly atOnce: number }> {
  return fc.record({ atOnce: fc.integer({ min: 1, max: 3 }) });
}

function couriers(): fc.Arbitrary<PlannedCourier> {
  const share = fc.constantFrom(0, 0.2, 0.6);
  return fc.record({
    roles: fc.array(fc.constantFrom('both' as const, 'send' as const, 'work' as const), {
      minLength: 1,
      maxLength: 3,
    }),
    bellMs: fc.constantFrom(60_000, 300_000),
    loses: share,
    doubles: share,
    delays: share,
    maxDelayMs: fc.constantFrom(5_000, 60_000),
    seed: fc.nat(),
  });
}

function deliveries(): fc.Arbitrary<{ readonly handlerMs: number }> {
  return fc.record({ handlerMs: fc.constantFrom(0, 50, 2_000, 10_000) });
}
