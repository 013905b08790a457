import { boardsOfAwkwardIds } from '../players/awkward-ids.ts';
import { cacheCopies } from './cache-copies.ts';
import type { CacheHarness } from './cache-harness.ts';
import { cacheReads } from './cache-reads.ts';
import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';

/**
 * Returns the contract of `LeaderboardCache` as test cases. With the capability `separate`, the cache is tested as a
 * copy of the store, which may be wrong and is then repaired; without it, as another way to read the store.
 *
 * @example
 * const options = { create: emptyStore, supports: { separate: true } };
 * runContract(leaderboardCacheContract(options), it);
 */
export function leaderboardCacheContract(options: ContractOptions<CacheHarness>): readonly ContractCase[] {
  return contractCases<CacheHarness>(options, [...cacheReads, ...boardsOfAwkwardIds, ...cacheCopies]);
}
