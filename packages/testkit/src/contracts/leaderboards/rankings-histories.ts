import {
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  awardId,
  addMs,
  userId,
  type Board,
  type UserId,
} from '@gamekeeper/core';
import { boundedPeriodAt } from '@gamekeeper/core/game';
import fc from 'fast-check';
import { deepEqual, equal, ok } from '../assertions.ts';
import type { Sentence } from '../contract.ts';
import { told } from './rankings-awards.ts';
import {
  archiveAll,
  archiveOf,
  award,
  boardOf,
  boards,
  carryOverAll,
  clearAll,
  finish,
  filingsAt,
  monday,
  ordered,
  scoresOf,
  seal,
  type ClosingBoardPeriod,
  type RankingsHarness,
} from './rankings-harness.ts';
import { UndisturbedBoards } from './undisturbed-boards.ts';

const players = ['ada', 'bob', 'cleo', 'dora'].map(userId);

/** A step of a history: XP is awarded (sometimes late or twice), or a board's reset advances one step. */
type Step =
  | {
      readonly kind: 'award';
      readonly id: number;
      readonly player: UserId;
      readonly amount: number;
      readonly afterMs: number;
      readonly agoMs: number;
    }
  | { readonly kind: 'reset'; readonly board: Board };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('award' as const),
        id: fc.nat(24),
        player: fc.constantFrom(...players),
        // The sum of twenty-five of the largest is still exact.
        amount: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 2 ** 48 })),
        afterMs: fc.oneof(fc.nat(20 * MINUTE_MS), fc.nat(3 * DAY_MS)),
        agoMs: fc.oneof(fc.constant(0), fc.nat(10), fc.nat(12 * HOUR_MS), fc.nat(20 * DAY_MS)),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('reset' as const),
        board: fc.constantFrom(...['weekly', 'monthly', 'daily-in-berlin'].map(boardOf)),
      }),
    },
  ),
  { minLength: 1, maxLength: 40, size: 'max' },
);

/** The progress of a board's reset. */
interface Reset {
  readonly at: ClosingBoardPeriod;
  readonly done: 'seal' | 'archive' | 'carry-over';
}

/**
 * Compares timely, late and repeated awards between the steps of resets with the rules alone. In the end, every award
 * is in the all-time scores once, and in one period of every other board unless it was late there.
 */
export const differentialRankings: Sentence<RankingsHarness>['check'] = async (create, property) => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 3 }), async (history, limit) => {
      const harness = await create();
      const model = new UndisturbedBoards();
      const resets = new Map<string, Reset>();
      const lateXp = new Map(boards.map(({ key }) => [key, 0]));
      let now = monday;
      for (const step of history) {
        if (step.kind === 'reset') {
          const next = await reset(
            harness,
            model,
            { board: step.board, now, limit },
            resets.get(step.board.key),
          );
          if (next) resets.set(step.board.key, next);
          else resets.delete(step.board.key);
          continue;
        }
        now = addMs(now, step.afterMs);
        const earnedAt = addMs(now, -step.agoMs);
        const given = {
          awardId: awardId(`award ${step.id}`),
          userId: step.player,
          amount: step.amount,
          earnedAt,
        };
        const filings = filingsAt(earnedAt);
        const outcome = await award(harness, given);
        const { counted, late } = model.award(given, filings);
        equal(outcome.counted, counted);
        deepEqual(
          outcome.late.map(({ board }) => board.key),
          late,
          JSON.stringify(told(outcome)),
        );
        for (const board of late) lateXp.set(board, lateXp.get(board)! + given.amount);
      }
      await compare(harness, model);
      await conserve(harness, model, lateXp);
    }),
    property,
  );
};

/** Performs one step of a board's reset: begins with the oldest ended period, ends with clearing it. */
async function reset(
  harness: RankingsHarness,
  model: UndisturbedBoards,
  { board, now, limit }: { readonly board: Board; readonly now: typeof monday; readonly limit: number },
  current: Reset | undefined,
): Promise<Reset | null> {
  if (!current) {
    const [oldest] = await harness.periodResets.unfinished(board, now);
    if (!oldest) return null;
    const { key, startsAt, endsAt } = oldest;
    const at = { board, period: { key, startsAt, endsAt } };
    equal(await seal(harness, at), true);
    model.seal(at);
    return { at, done: 'seal' };
  }
  const { at, done } = current;
  switch (done) {
    case 'seal':
      await archiveAll(harness, at, limit);
      model.archive(at);
      return { at, done: 'archive' };
    case 'archive': {
      const period = boundedPeriodAt(board, at.period.endsAt);
      ok(period);
      await carryOverAll(harness, at, { board, period }, limit);
      model.carryOver(at, period);
      return { at, done: 'carry-over' };
    }
    case 'carry-over':
      await clearAll(harness, at, limit);
      await finish(harness, at);
      model.clear(at);
      return null;
  }
}

/** Checks that every board and archive equals the result of the rules alone. */
async function compare(harness: RankingsHarness, model: UndisturbedBoards): Promise<void> {
  for (const { at, scores, archive, sealed } of model.sheets()) {
    deepEqual(await scoresOf(harness, at), ordered([...scores.values()], at.board.tieBreak));
    deepEqual(await archiveOf(harness, at), archive ?? []);
    const record = await harness.periods.find(at.board, at.period.key);
    if (sealed) equal(record?.players, archive?.length ?? null);
  }
}

/**
 * Checks that no XP is created or lost: the awarded XP equals what players have, and what boards have plus late
 * awards.
 */
async function conserve(
  harness: RankingsHarness,
  model: UndisturbedBoards,
  lateXp: ReadonlyMap<string, number>,
): Promise<void> {
  const awarded = sum(model.awards().map(({ amount }) => amount));
  const xp = await Promise.all(players.map((id) => harness.awards.xpOf(id)));
  equal(sum(xp), awarded);
  for (const board of boards) {
    let held = 0;
    for (const { at, archive } of model.sheets().filter((sheet) => sheet.at.board === board)) {
      const standings = archive ? await archiveOf(harness, at) : await scoresOf(harness, at);
      held += sum(standings.map(({ score }) => score));
    }
    equal(held + lateXp.get(board.key)!, awarded, board.key);
  }
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
