import { DAY_MS, HOUR_MS, MINUTE_MS } from '@gamekeeper/core';
import fc from 'fast-check';
import type { Dimension } from './dimensions.ts';
import type { Fault, Moment, Trouble } from './plan.ts';
import type { GameStore } from './game-scenario.ts';
import type { Scenario } from './scenario.ts';

/**
 * A port's call, as faults name it, or a moment of a process that is not a call. The type prevents names that match no
 * call, whose faults would never strike.
 */
type Call =
  | { [Port in keyof GameStore]: `${Port}.${Extract<keyof GameStore[Port], string>}` }[keyof GameStore]
  | 'transactions.commit'
  | 'events.handle'
  | 'scheduler.wake'
  | `courier.${'send' | 'handle'}`;

/** Where the engine may be struck: at each of its own calls, and at the commit of a transaction. */
const ENGINE_CALLS = [
  'ledger.claim',
  'ledger.recordIdleTick',
  'ledger.advance',
  'ledger.succeed',
  'transactions.run',
  'transactions.commit',
] as const satisfies readonly Call[];

/** Calls that the engine makes rarely, and only after another fault. */
const RARE_CALLS = [
  'jobRegistry.register',
  'ledger.renew',
  'ledger.skip',
  'ledger.fail',
  'ledger.release',
] as const satisfies readonly Call[];

/** Where the delivery of events may be struck. */
const DELIVERY_CALLS = [
  'events.handle',
  'outboxPartitions.claim',
  'outboxPartitions.complete',
] as const satisfies readonly Call[];

/** Where work on shards may be struck. */
const SHARD_CALLS = [
  'shardLedger.claim',
  'shardLedger.advance',
  'shardLedger.end',
] as const satisfies readonly Call[];

/** Calls of work on shards that the engine makes rarely. */
const RARE_SHARD_CALLS = [
  'shardLedger.divide',
  'shardLedger.renew',
  'shardLedger.release',
] as const satisfies readonly Call[];

/** Where what a courier carries may be struck. */
const COURIER_CALLS = [
  'courier.send',
  'courier.handle',
  'runOverview.active',
] as const satisfies readonly Call[];

/** Calls that wait only briefly for a row lock. */
const LOCKING_CALLS = [
  'ledger.advance',
  'ledger.succeed',
  'lives.regenerateDue',
  'streaks.evaluateDue',
  'sessions.expireDue',
  'periodResets.seal',
  'periodResets.carryOver',
] as const satisfies readonly Call[];

/** A batch has five attempts by default: with more errors than this, a run might fail correctly. */
const MAX_ERRORS = 3;

type Place = Pick<Scenario, 'maxInstances' | 'days' | 'aimAt'>;

/**
 * Generates the faults of a history: those of processes and connections, and in some histories those of the
 * dimensions.
 */
export function faultPlans(place: Place, dimensions: ReadonlySet<Dimension>): fc.Arbitrary<readonly Fault[]> {
  const usual = fc.array(fc.oneof(...faultsOfEngine(place)), { maxLength: 8, size: 'max' });
  const others = [...faultsOfDimensions(place, dimensions)].map((fault) =>
    sometimes(fc.array(fault, { minLength: 1, maxLength: 4, size: 'max' }), []),
  );
  return fc.tuple(usual, ...others).map((all) => withFewErrors(all.flat()));
}

/** Generates `rare` in a third of all histories. Shrinks to `usual`. */
export function sometimes<Value>(rare: fc.Arbitrary<Value>, usual: Value): fc.Arbitrary<Value> {
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 2, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: rare },
  );
}

function* faultsOfDimensions(
  { maxInstances, days, aimAt = [] }: Place,
  dimensions: ReadonlySet<Dimension>,
): Iterable<fc.Arbitrary<Fault>> {
  const instance = fc.nat({ max: maxInstances - 1 });
  const atTime = (what: fc.Arbitrary<Trouble>): fc.Arbitrary<Fault> =>
    fc.record({ instance, at: fc.record({ afterMs: instants(days) }), what });
  if (dimensions.has('clocks')) yield atTime(jumps());
  if (dimensions.has('cache')) yield atTime(cacheTroubles());
  if (dimensions.has('locks')) {
    yield atTime(fc.record({ kind: fc.constant('held' as const), forMs: spans() }));
    const call = fc.constantFrom(...LOCKING_CALLS);
    const at = fc.record({ call, nth: counts(), side: sides() });
    yield fc.record({ instance, at, what: fc.constant({ kind: 'locked' as const }) });
  }
  if (dimensions.has('transactions')) {
    const at = moments([...ENGINE_CALLS, ...aimAt]);
    yield fc.record({ instance, at, what: fc.constant({ kind: 'conflict' as const }) });
  }
  if (dimensions.has('delivery')) {
    const what = fc.oneof(atCalls(), anywhere());
    yield fc.record({ instance, at: moments(DELIVERY_CALLS), what });
  }
  if (dimensions.has('courier')) {
    const what = fc.oneof(atCalls(), anywhere());
    yield fc.record({ instance, at: moments(COURIER_CALLS), what });
    yield atTime(fc.constant({ kind: 'items-lost' as const }));
  }
  if (dimensions.has('shards')) {
    const what = fc.oneof(atCalls(), anywhere());
    const usual = fc.record({ call: fc.constantFrom(...SHARD_CALLS), nth: counts(), side: sides() });
    const nth = fc.integer({ min: 1, max: 20 });
    const rare = fc.record({ call: fc.constantFrom(...RARE_SHARD_CALLS), nth, side: sides() });
    yield fc.record({ instance, at: fc.oneof({ weight: 4, arbitrary: usual }, rare), what });
  }
}

/** Generates the skew of a clock: none, half a minute, or days. */
export function skews(dimensions: ReadonlySet<Dimension>): fc.Arbitrary<number> {
  const small = fc.integer({ min: -30, max: 30 }).map((seconds) => seconds * 1_000);
  const usual = fc.oneof(fc.constant(0), small);
  return dimensions.has('clocks')
    ? fc.oneof({ weight: 5, arbitrary: usual }, { weight: 1, arbitrary: largeSkews() })
    : usual;
}

/** Generates instants of a history: mostly just before a quarter of an hour, when jobs are running. */
export function instants(days: number): fc.Arbitrary<number> {
  const quarters = fc.integer({ min: 0, max: days * 24 * 4 });
  return fc.oneof(
    quarters.map((quarter) => Math.max(0, quarter * 15 * MINUTE_MS + 5 * MINUTE_MS - 1)),
    fc.integer({ min: 0, max: days * 24 * HOUR_MS }),
  );
}

/**
 * Generates durations of faults: shorter than a lease, somewhat longer, or long enough to miss ticks. Whole seconds.
 */
export function spans(): fc.Arbitrary<number> {
  return fc
    .oneof(
      fc.integer({ min: 1, max: 15 }),
      fc.integer({ min: 16, max: 120 }),
      fc.integer({ min: 120, max: 5_400 }),
    )
    .map((seconds) => seconds * 1_000);
}

function* faultsOfEngine({ maxInstances, days, aimAt = [] }: Place): Iterable<fc.WeightedArbitrary<Fault>> {
  const instance = fc.nat({ max: maxInstances - 1 });
  const atCall = fc.record({
    instance,
    at: moments([...ENGINE_CALLS, ...aimAt]),
    what: fc.oneof(atCalls(), anywhere()),
  });
  const atRareCall = fc.record({
    instance,
    at: fc.record({
      call: fc.constantFrom(...RARE_CALLS),
      nth: fc.integer({ min: 1, max: 3 }),
      side: sides(),
    }),
    what: fc.oneof(atCalls(), anywhere()),
  });
  // The caller cannot know that this commit took place: work repeated then is done twice.
  const atCommit = fc.record({
    instance,
    at: fc.record({
      call: fc.constant('transactions.run' satisfies Call),
      nth: counts(),
      side: fc.constant('after' as const),
    }),
    what: fc.oneof(fc.constant({ kind: 'unavailable' as const }), anywhere()),
  });
  const atWake = fc.record({
    instance,
    at: moments(['scheduler.wake'] satisfies Call[]),
    what: fc.record({ kind: fc.constantFrom('slow' as const, 'double-wake' as const), forMs: spans() }),
  });
  const atTime = fc.record({ instance, at: fc.record({ afterMs: instants(days) }), what: anywhere() });
  yield { weight: 6, arbitrary: atCall };
  yield { weight: 1, arbitrary: atRareCall };
  yield { weight: 1, arbitrary: atCommit };
  yield { weight: 1, arbitrary: atWake };
  yield { weight: 3, arbitrary: atTime };
}

function moments(calls: readonly string[]): fc.Arbitrary<Moment> {
  const side = sides();
  const nth = counts();
  return fc.oneof(
    { weight: 5, arbitrary: fc.record({ call: fc.constantFrom(...calls), nth, side }) },
    {
      weight: 1,
      arbitrary: fc.record({ call: fc.constant('any'), nth: fc.integer({ min: 1, max: 5_000 }), side }),
    },
  );
}

function sides(): fc.Arbitrary<'before' | 'after'> {
  return fc.constantFrom('before', 'after');
}

function counts(): fc.Arbitrary<number> {
  return fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 300 }));
}

/** Generates faults of a call. */
function atCalls(): fc.Arbitrary<Trouble> {
  return fc.oneof(
    fc.record({ kind: fc.constant('slow' as const), forMs: spans() }),
    fc.record({ kind: fc.constantFrom('error' as const, 'unavailable' as const) }),
  );
}

/** Generates faults that a process can have at any time. */
function anywhere(): fc.Arbitrary<Trouble> {
  return fc.oneof(
    fc.record({ kind: fc.constantFrom('crash' as const, 'restart' as const), downMs: absences() }),
    fc.record({ kind: fc.constant('pause' as const), forMs: spans() }),
    fc.record({ kind: fc.constantFrom('partition' as const, 'outage' as const), forMs: spans() }),
  );
}

function jumps(): fc.Arbitrary<Trouble> {
  return fc.record({
    kind: fc.constant('clock-jump' as const),
    aheadMs: fc.oneof(fc.constant(0), largeSkews()),
  });
}

function cacheTroubles(): fc.Arbitrary<Trouble> {
  return fc.oneof(
    fc.constant({ kind: 'cache-lost' as const }),
    fc.record({ kind: fc.constant('cache-restored' as const), ageMs: absences() }),
    fc.record({ kind: fc.constant('cache-away' as const), forMs: absences() }),
  );
}

/** Generates minutes, hours or days, in whole minutes. */
function largeSkews(): fc.Arbitrary<number> {
  const minutes = fc.oneof(
    fc.integer({ min: 1, max: 90 }),
    fc.integer({ min: 1, max: (4 * DAY_MS) / MINUTE_MS }),
  );
  return fc.tuple(fc.constantFrom(1, -1), minutes).map(([direction, count]) => direction * count * MINUTE_MS);
}

/** Generates how long a process is down after it ended: occasionally more than a day. */
function absences(): fc.Arbitrary<number> {
  const longOnes = fc.integer({ min: 2, max: 30 }).map((hours) => hours * HOUR_MS);
  return fc.oneof({ weight: 4, arbitrary: spans() }, { weight: 1, arbitrary: longOnes });
}

function withFewErrors(all: readonly Fault[]): readonly Fault[] {
  let [errors, locked] = [0, 0];
  return all.filter(({ what }) => {
    if (what.kind === 'error') errors += 1;
    // An item that is still locked when retried alone is correctly recorded as failed.
    if (what.kind === 'locked') locked += 1;
    return what.kind === 'error' ? errors <= MAX_ERRORS : what.kind !== 'locked' || locked === 1;
  });
}
