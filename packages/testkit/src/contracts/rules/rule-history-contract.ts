import { instant, addMs, type Instant } from '@gamekeeper/core';
import { type RuleHistory } from '@gamekeeper/core/ports';
import { deepEqual } from 'node:assert/strict';
import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';

/** What {@link ruleHistoryContract} tests with. */
export interface RuleHistoryHarness {
  readonly ruleHistory: RuleHistory;
  /** The store's present, by which no change lies ahead. */
  readonly now: () => Instant;
  /** Moves the store's clock; it must stand still otherwise. */
  readonly passTime: (ms: number) => Promise<void>;
}

const lives = { maxLives: 5, regenMinutes: 30 };
const more = { maxLives: 10, regenMinutes: 30 };

/** The contract of `RuleHistory`. */
export function ruleHistoryContract(options: ContractOptions<RuleHistoryHarness>): readonly ContractCase[] {
  return contractCases<RuleHistoryHarness>(options, [
    {
      name: 'knows no rules at first',
      check: async (create) => deepEqual(await (await create()).ruleHistory.changes(), []),
    },
    {
      name: 'remembers rules, each from when they came on; the same ones again change nothing',
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
      name: 'lets no clock that is ahead put a change into the future, and none that is behind put it out of its order',
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
      name: 'counts from the present of a host whose clock is behind, as that of a replay is',
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
      name: 'records one change when several instances bring it at once',
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
