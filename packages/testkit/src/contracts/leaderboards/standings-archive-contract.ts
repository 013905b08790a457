import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';
import { archiveCases } from './rankings-resets.ts';
import type { RankingsHarness } from './rankings-harness.ts';

/**
 * Returns the contract of `StandingsArchive` as test cases.
 *
 * @example
 * runContract(standingsArchiveContract({ create: emptyStore }), it);
 */
export function standingsArchiveContract(options: ContractOptions<RankingsHarness>): readonly ContractCase[] {
  return contractCases<RankingsHarness>(options, [...archiveCases]);
}
