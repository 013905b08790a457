import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';
import { differentialRankings } from './rankings-histories.ts';
import { nextPeriodCases } from './rankings-next-period.ts';
import { sealedPeriodCases } from './rankings-periods.ts';
import { sealRaces } from './rankings-races.ts';
import { resetCases } from './rankings-resets.ts';
import type { RankingsHarness } from './rankings-harness.ts';

/**
 * Returns the contract of `PeriodResets` as test cases.
 *
 * @example
 * runContract(periodResetsContract({ create: emptyStore }), it);
 */
export function periodResetsContract(options: ContractOptions<RankingsHarness>): readonly ContractCase[] {
  return contractCases<RankingsHarness>(options, [
    ...resetCases,
    ...nextPeriodCases,
    ...sealedPeriodCases,
    {
      name: 'law 7: awards and resets in any order neither create nor lose XP, and give the result of the rules alone',
      check: differentialRankings,
    },
    ...sealRaces,
  ]);
}
