import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';
import { periodPageCases } from './rankings-next-period.ts';
import { periodCases } from './rankings-periods.ts';
import type { RankingsHarness } from './rankings-harness.ts';

/**
 * Returns the contract of `PeriodRepository` as test cases.
 *
 * @example
 * runContract(periodRepositoryContract({ create: emptyStore }), it);
 */
export function periodRepositoryContract(options: ContractOptions<RankingsHarness>): readonly ContractCase[] {
  return contractCases<RankingsHarness>(options, [...periodCases, ...periodPageCases]);
}
