import { GamekeeperError, type Json } from '@gamekeeper/core';
import fc from 'fast-check';
import type { SimulationPlan } from './plan.ts';
import { simulationPlans, type PlanOptions } from './plans.ts';
import type { Scenario, SimulatedStore } from './scenario.ts';
import { simulate, type History } from './simulate.ts';

/** A history in which a law was violated. {@link simulate} replays it from `history.plan`. */
export class SimulationError<
  Action extends Json = Json,
  Version extends Json = Json,
> extends GamekeeperError<'SIMULATION_FAILED'> {
  readonly history: History<Action, Version>;

  constructor(history: History<Action, Version>, replay = '') {
    super('SIMULATION_FAILED', `${historyInWords(history)}${replay}`);
    this.history = history;
  }
}

/** The result of a search. */
export interface SimulationSearch<Action extends Json = Json, Version extends Json = Json> {
  readonly seed: number;
  /** How many histories were simulated until one failed, or all of them. */
  readonly histories: number;
  /** How many smaller histories were tried after that. */
  readonly shrinks: number;
  /** The smallest failing history, and the path that replays it; `null` if every law held. */
  readonly failure: { readonly history: History<Action, Version>; readonly path: string } | null;
}

/** Which histories to simulate. */
export interface SearchOptions extends PlanOptions {
  /** The number of histories. Default 200. */
  readonly histories?: number;
  /** A whole number. Default: random; reported on failure. */
  readonly seed?: number;
  /** Together with a seed: replays one history, as reported by a failure. */
  readonly path?: string;
  /** Called with every history, including the smaller ones after a failure. */
  readonly onHistory?: (history: History) => void;
}

/** Returns the property that no history violates a law, for tests that use fast-check directly. */
export function simulationProperty<Store extends SimulatedStore, Action extends Json, Version extends Json>(
  scenario: Scenario<Store, Action, Version>,
  { onHistory, ...options }: Pick<SearchOptions, 'onHistory' | 'dimensions'> = {},
): fc.IAsyncProperty<[SimulationPlan<Action, Version>]> {
  return fc.asyncProperty(simulationPlans(scenario, options), async (plan) => {
    const history = await simulate(scenario, plan);
    onHistory?.(history);
    if (history.violations.length > 0) throw new SimulationError(history);
  });
}

/**
 * Simulates histories until one fails, then searches for the smallest failing one. With a path, simulates only that
 * one.
 */
export async function searchHistories<
  Store extends SimulatedStore,
  Action extends Json,
  Version extends Json,
>(
  scenario: Scenario<Store, Action, Version>,
  options: SearchOptions = {},
): Promise<SimulationSearch<Action, Version>> {
  const { histories = 200, seed, path } = options;
  if (seed !== undefined && path !== undefined) return replay(scenario, { ...options, seed, path });
  const details = await fc.check(simulationProperty(scenario, options), {
    numRuns: histories,
    ...(seed !== undefined && { seed }),
  });
  const { numRuns, numShrinks, counterexample, counterexamplePath } = details;
  const failed = details.failed && counterexample !== null;
  return {
    seed: details.seed,
    histories: numRuns,
    shrinks: numShrinks,
    failure: failed
      ? { history: await playAgain(scenario, counterexample[0]), path: counterexamplePath ?? '' }
      : null,
  };
}

/** Simulates a history that failed; if the simulation itself throws, the error has the plan. */
async function playAgain<Store extends SimulatedStore, Action extends Json, Version extends Json>(
  scenario: Scenario<Store, Action, Version>,
  plan: SimulationPlan<Action, Version>,
): Promise<History<Action, Version>> {
  try {
    return await simulate(scenario, plan);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `A history ended with an error: ${reason}\nThe plan, for simulate():\n${JSON.stringify(plan)}`,
      {
        cause,
      },
    );
  }
}

async function replay<Store extends SimulatedStore, Action extends Json, Version extends Json>(
  scenario: Scenario<Store, Action, Version>,
  { seed, path, onHistory, ...options }: SearchOptions & { readonly seed: number; readonly path: string },
): Promise<SimulationSearch<Action, Version>> {
  // fast-check's path leads to the first failing value; here every value fails.
  const anything = fc.asyncProperty<[SimulationPlan<Action, Version>]>(
    simulationPlans(scenario, options),
    async () => false,
  );
  const found = await fc.check(anything, { seed, path, endOnFailure: true });
  const history = await playAgain(scenario, found.counterexample![0]);
  onHistory?.(history);
  const failed = history.violations.length > 0;
  return { seed, histories: 1, shrinks: 0, failure: failed ? { history, path } : null };
}

/**
 * Simulates histories and rejects with the smallest failing one: its story, and what replays it.
 *
 * @throws {SimulationError}
 * @example
 * it('stays right whatever happens', () => checkSimulation(scenario, { histories: 200 }));
 */
export async function checkSimulation<
  Store extends SimulatedStore,
  Action extends Json,
  Version extends Json,
>(
  scenario: Scenario<Store, Action, Version>,
  options: SearchOptions = {},
): Promise<SimulationSearch<Action, Version>> {
  const search = await searchHistories(scenario, options);
  if (!search.failure) return search;
  const { history, path } = search.failure;
  throw new SimulationError(
    history,
    `\n\nReplay it with { seed: ${search.seed}, path: ${JSON.stringify(path)} }, or pass the plan to simulate():\n${JSON.stringify(history.plan)}`,
  );
}

/** Maximum number of violations that {@link historyInWords} lists. */
const MOST_VIOLATIONS = 12;

/** Returns a history as text: the violations, and the events that led to them. */
export function historyInWords({
  plan,
  story,
  violations,
}: Pick<History, 'plan' | 'story' | 'violations'>): string {
  const instances = plan.skewsMs
    .map(
      (ms, index) =>
        `${String.fromCharCode(65 + index)}${ms === 0 ? '' : ` (clock ${ms > 0 ? '+' : ''}${ms} ms)`}`,
    )
    .join(', ');
  const more = violations.length - MOST_VIOLATIONS;
  return [
    violations.length === 0 ? 'Everything held.' : `Violations: ${violations.length}`,
    ...violations.slice(0, MOST_VIOLATIONS).map((sentence) => `  - ${sentence}`),
    ...(more > 0 ? [`  … and ${more} more`] : []),
    `Story, with instances ${instances} and ${plan.actions.length} actions of players (UTC):`,
    ...story.map((line) => `  ${line}`),
    ...(story.length === 0 ? ['  nothing unusual'] : []),
  ].join('\n');
}
