import { GamekeeperError, type Json } from '@gamekeeper/core';
import fc from 'fast-check';
import type { SimulationPlan } from './plan.ts';
import { simulationPlans, type PlanOptions } from './plans.ts';
import type { Scenario, SimulatedStore } from './scenario.ts';
import { simulate, type History } from './simulate.ts';

/** A history in which something did not hold. `history.plan` plays it again, with {@link simulate}. */
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

/** What a search found. */
export interface SimulationSearch<Action extends Json = Json, Version extends Json = Json> {
  readonly seed: number;
  /** How many histories were played before one failed, or all of them. */
  readonly histories: number;
  /** How many smaller ones were tried after that. */
  readonly shrinks: number;
  /** The smallest history that fails, and the path that replays it; `null` when everything held. */
  readonly failure: { readonly history: History<Action, Version>; readonly path: string } | null;
}

/** Which histories to play. */
export interface SearchOptions extends PlanOptions {
  /** How many. Default 200. */
  readonly histories?: number;
  /** Whole number; chosen by chance, and reported, unless given. */
  readonly seed?: number;
  /** With a seed: the one history of it to play again, as a failure reports it. */
  readonly path?: string;
  /** Is told of every history, the smaller ones after a failure included. */
  readonly onHistory?: (history: History) => void;
}

/** The property that nothing is wrong in any history, for tests that use fast-check themselves. */
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

/** Plays histories until one fails, and then looks for the smallest one that does. With a path it plays that one alone. */
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
      ? { history: await simulate(scenario, counterexample[0]), path: counterexamplePath ?? '' }
      : null,
  };
}

async function replay<Store extends SimulatedStore, Action extends Json, Version extends Json>(
  scenario: Scenario<Store, Action, Version>,
  { seed, path, onHistory, ...options }: SearchOptions & { readonly seed: number; readonly path: string },
): Promise<SimulationSearch<Action, Version>> {
  // The first thing at the end of the path is the one that failed: here everything does.
  const anything = fc.asyncProperty<[SimulationPlan<Action, Version>]>(
    simulationPlans(scenario, options),
    async () => false,
  );
  const found = await fc.check(anything, { seed, path, endOnFailure: true });
  const history = await simulate(scenario, found.counterexample![0]);
  onHistory?.(history);
  const failed = history.violations.length > 0;
  return { seed, histories: 1, shrinks: 0, failure: failed ? { history, path } : null };
}

/**
 * Plays histories and rejects with the smallest one that fails, told as a story, with what replays it.
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

/** A history for people to read: what is wrong, and how it came about. */
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
  return [
    violations.length === 0 ? 'Everything held.' : `${violations.length} things did not hold:`,
    ...violations.slice(0, 12).map((sentence) => `  - ${sentence}`),
    `What happened, to instances ${instances} and with ${plan.actions.length} actions of players (UTC):`,
    ...story.map((line) => `  ${line}`),
    ...(story.length === 0 ? ['  nothing out of the ordinary'] : []),
  ].join('\n');
}
