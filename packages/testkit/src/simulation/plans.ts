import { HOUR_MS, MINUTE_MS, type Json } from '@gamekeeper/core';
import fc from 'fast-check';
import type { Fault, Moment, SimulationPlan, Trouble } from './plan.ts';
import type { Scenario, SimulatedStore } from './scenario.ts';

/** A clock may be off by this. */
const MAX_SKEW_MS = 30_000;

/** Where the engine may be struck: at each of its own calls, and where a transaction commits. */
const ENGINE_CALLS = [
  'ledger.claim',
  'ledger.pass',
  'ledger.advance',
  'ledger.succeed',
  'transactions.run',
  'transactions.commit',
] as const;

/** Calls that the engine makes a few times in a history, and only when something else went wrong before. */
const RARE_CALLS = [
  'ledger.register',
  'ledger.renew',
  'ledger.skip',
  'ledger.fail',
  'ledger.release',
] as const;

/** A batch is tried five times by default: with more errors than this a run might rightly fail. */
const MAX_ERRORS = 3;

/** Histories of a scenario. They shrink to few instances, faults and actions. */
export function simulationPlans<Store extends SimulatedStore, Action extends Json>(
  scenario: Scenario<Store, Action>,
): fc.Arbitrary<SimulationPlan<Action>> {
  const skew = fc.oneof(fc.constant(0), fc.integer({ min: -MAX_SKEW_MS, max: MAX_SKEW_MS }));
  return fc.record({
    skewsMs: fc.array(skew, { minLength: 1, maxLength: scenario.maxInstances, size: 'max' }),
    faults: fc.array(faults(scenario), { maxLength: 8, size: 'max' }).map(withFewErrors),
    actions: scenario.actions,
  });
}

function faults({
  maxInstances,
  days,
  aimAt = [],
}: Pick<Scenario, 'maxInstances' | 'days' | 'aimAt'>): fc.Arbitrary<Fault> {
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
  // Nobody is told that this one took place: what is done again then is done twice.
  const atCommit = fc.record({
    instance,
    at: fc.record({
      call: fc.constant('transactions.run'),
      nth: counts(),
      side: fc.constant('after' as const),
    }),
    what: fc.oneof(fc.constant({ kind: 'unavailable' as const }), anywhere()),
  });
  const atWake = fc.record({
    instance,
    at: moments(['scheduler.wake']),
    what: fc.record({ kind: fc.constantFrom('slow' as const, 'double-wake' as const), forMs: spans() }),
  });
  // Just before a quarter of an hour, most of the time: that is when there is something to disturb.
  const quarters = fc.integer({ min: 0, max: days * 24 * 4 });
  const afterMs = fc.oneof(
    quarters.map((quarter) => Math.max(0, quarter * 15 * MINUTE_MS + 5 * MINUTE_MS - 1)),
    fc.integer({ min: 0, max: days * 24 * HOUR_MS }),
  );
  const atTime = fc.record({ instance, at: fc.record({ afterMs }), what: anywhere() });
  return fc.oneof(
    { weight: 6, arbitrary: atCall },
    { weight: 1, arbitrary: atRareCall },
    { weight: 1, arbitrary: atCommit },
    { weight: 1, arbitrary: atWake },
    { weight: 3, arbitrary: atTime },
  );
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

/** Troubles that a call can have. */
function atCalls(): fc.Arbitrary<Trouble> {
  return fc.oneof(
    fc.record({ kind: fc.constant('slow' as const), forMs: spans() }),
    fc.record({ kind: fc.constantFrom('error' as const, 'unavailable' as const) }),
  );
}

/** Troubles that a process can have at any time. */
function anywhere(): fc.Arbitrary<Trouble> {
  return fc.oneof(
    fc.record({ kind: fc.constantFrom('crash' as const, 'restart' as const), downMs: absences() }),
    fc.record({ kind: fc.constant('pause' as const), forMs: spans() }),
    fc.record({ kind: fc.constantFrom('partition' as const, 'outage' as const), forMs: spans() }),
  );
}

/** How long troubles last: shorter than a lease, somewhat longer, or for ticks to be missed. Whole seconds. */
function spans(): fc.Arbitrary<number> {
  return fc
    .oneof(
      fc.integer({ min: 1, max: 15 }),
      fc.integer({ min: 16, max: 120 }),
      fc.integer({ min: 120, max: 5_400 }),
    )
    .map((seconds) => seconds * 1_000);
}

/** How long a process that ended is not there: up to more than a day, now and then. */
function absences(): fc.Arbitrary<number> {
  const longOnes = fc.integer({ min: 2, max: 30 }).map((hours) => hours * HOUR_MS);
  return fc.oneof({ weight: 4, arbitrary: spans() }, { weight: 1, arbitrary: longOnes });
}

function withFewErrors(all: readonly Fault[]): readonly Fault[] {
  let errors = 0;
  return all.filter(({ what }) => what.kind !== 'error' || (errors += 1) <= MAX_ERRORS);
}
