import { rankingsOfAwkwardIds } from './awkward-ids.ts';
import { contractCases, type ContractCase, type ContractOptions } from './contract.ts';
import { awardCases } from './rankings-awards.ts';
import type { RankingsHarness } from './rankings-harness.ts';
import { differentialRankings } from './rankings-histories.ts';
import { nextPeriodCases } from './rankings-next-period.ts';
import { periodCases } from './rankings-periods.ts';
import { rankingRaces } from './rankings-races.ts';
import { resetCases } from './rankings-resets.ts';

/**
 * The contract of `RankingRepository`.
 *
 * @example
 * for (const { name, run } of rankingRepositoryContract({ create: emptyStore })) it(name, run);
 */
export function rankingRepositoryContract(
  options: ContractOptions<RankingsHarness>,
): readonly ContractCase[] {
  return contractCases<RankingsHarness>(options, [
    ...awardCases,
    ...resetCases,
    ...nextPeriodCases,
    ...periodCases,
    ...rankingsOfAwkwardIds,
    {
      name: 'law 7: awards and resets in any order make no XP and lose none, and end as the rules alone would',
      check: differentialRankings,
    },
    ...rankingRaces,
  ]);
}
