import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';
import { rankingsOfAwkwardIds } from '../players/awkward-ids.ts';
import { awardListCases } from './rankings-award-lists.ts';
import { awardCases } from './rankings-awards.ts';
import { awardRaces } from './rankings-races.ts';
import type { RankingsHarness } from './rankings-harness.ts';

/**
 * Returns the contract of `AwardRepository` as test cases.
 *
 * @example
 * runContract(awardRepositoryContract({ create: emptyStore }), it);
 */
export function awardRepositoryContract(options: ContractOptions<RankingsHarness>): readonly ContractCase[] {
  return contractCases<RankingsHarness>(options, [
    ...awardCases,
    ...awardListCases,
    ...rankingsOfAwkwardIds,
    ...awardRaces,
  ]);
}
