import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';
import { scoreCases, tieCases } from './rankings-awards.ts';
import { nameRaces } from './rankings-races.ts';
import type { RankingsHarness } from './rankings-harness.ts';

/**
 * Returns the contract of `RankingRepository` as test cases.
 *
 * @example
 * runContract(rankingRepositoryContract({ create: emptyStore }), it);
 */
export function rankingRepositoryContract(
  options: ContractOptions<RankingsHarness>,
): readonly ContractCase[] {
  return contractCases<RankingsHarness>(options, [...scoreCases, ...tieCases, ...nameRaces]);
}
