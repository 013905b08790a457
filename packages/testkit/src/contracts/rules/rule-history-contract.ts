import { instant, addMs, type Instant } from '@gamekeeper/core';
import { type RuleHistory } from '@gamekeeper/core/ports';
import { deepEqual } from '../assertions.ts';
import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';

/** What {@link ruleHistoryContract} runs against. */
export interface RuleHistoryHarness {
  readonly ruleHistory: RuleHistory;
  /** Returns the store's time; no change is in the future by it. */
  readonly now: () => Instant;
  /** Moves the store's clock; it must stand still otherwise. */
  readonly passTime: (ms: number) => Promise<void>;
}

const lives = { maxLives: 5, regenMinutes: 30 };
const more = { maxLives: 10, regenMinutes: 30 };

/** Returns the contract of `RuleHistory` as test cases. */
export function ruleHistoryContract(options: ContractOptions<RuleHistoryHarness>): readonly ContractCase[] {
  return contractCases<RuleHistoryHarness>(options, [
    {
      name: 'has no rules initially',
      check: async (create) => deepEqual(await (await create()).ruleHistory.changes(), []),
    },
    {
      name: 'stores rules with their starts; repeating them changes nothing',
      check: async (create) => {
        const { ruleHistory, now, passTime } = await create();
        const start = now();
        await ruleHistory.record({ streaks: { breakAfterHours: 48 }, lives }, start);
        await passTime(1_000);
        await ruleHistory.record({ lives: { regenMinutes: 30, maxLives: 5 } }, now());
        await ruleHistory.record({ lives: more, streaks: { breakAfterHours: 48 } }, now());
        await passTime(1_000);
        await ruleHistory.record({ lives }, now());
        deepEqual(await ruleHistory.changes(), [
          { name: 'lives', since: start, rules: lives },
          { name: 'lives', since: addMs(start, 1_000), rules: more },
          { name: 'lives', since: addMs(start, 2_000), rules: lives },
          { name: 'streaks', since: start, rules: { breakAfterHours: 48 } },
        ]);
      },
    },
    {
      name: 'records no change in the future for a clock that is ahead, nor out of order for one that is behind',
      check: async (create) => {
        const { ruleHistory, now } = await create();
        const start = now();
        await ruleHistory.record({ lives }, addMs(start, 86_400_000));
        await ruleHistory.record({ lives: more }, addMs(start, -86_400_000));
        deepEqual(await ruleHistory.changes(), [
          { name: 'lives', since: start, rules: lives },
          { name: 'lives', since: addMs(start, 1), rules: more },
        ]);
      },
    },
    {
      name: 'counts from the time of a host whose clock is behind, as in a replay',
      check: async (create) => {
        const { ruleHistory } = await create();
        const past = instant('2020-02-01T12:00:00Z');
        await ruleHistory.record({ lives }, past);
        await ruleHistory.record({ lives: more }, addMs(past, 60_000));
        deepEqual(
          (await ruleHistory.changes()).map(({ since }) => since),
          [past, addMs(past, 60_000)],
        );
      },
    },
    {
      name: 'records one change when several instances record it at once',
      needs: 'concurrent',
      check: async (create) => {
        const { ruleHistory, now } = await create();
        await Promise.all([1, 2, 3, 4].map(() => ruleHistory.record({ lives }, now())));
        await Promise.all([1, 2, 3, 4].map(() => ruleHistory.record({ lives: more }, now())));
        deepEqual(
          (await ruleHistory.changes()).map(({ rules }) => rules),
          [lives, more],
        );
      },
    },
  ]);
}
