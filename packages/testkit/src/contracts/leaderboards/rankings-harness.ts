import {
  awardId,
  instant,
  addMs,
  type Board,
  type Instant,
  type Json,
  type Standing,
  type TieBreak,
  type Transaction,
  type Transactions,
  type UserId,
  type XpAward,
} from '@gamekeeper/core';
import {
  type AwardOutcome,
  type AwardRepository,
  type BoardPeriod,
  type BoundedPeriod,
  type NamedScore,
  type PlayerRepository,
  type PeriodRepository,
  type PeriodResets,
  type RankingRepository,
  type StandingsArchive,
  type Score,
} from '@gamekeeper/core/ports';
import { boundedPeriodAt, compareScores, defineBoards, periodAt } from '@gamekeeper/core/game';
import { ok } from '../assertions.ts';
import { allPages, inBatches, onceFree } from '../batches.ts';

/** What the contracts of awards, periods, rankings, resets and the archive run against: all on one store. */
export interface RankingsHarness {
  readonly transactions: Transactions;
  readonly awards: AwardRepository;
  readonly periods: PeriodRepository;
  readonly rankings: RankingRepository;
  readonly periodResets: PeriodResets;
  readonly archive: StandingsArchive;
  readonly players: PlayerRepository;
  /** Returns the store's own time, by which periods end. It stands still unless moved. */
  readonly now: () => Instant;
  readonly passTime: (ms: number) => Promise<void>;
}

/** A period of a board, with a beginning and an end. */
export interface ClosingBoardPeriod extends BoardPeriod {
  readonly period: BoundedPeriod;
}

/** Boards of every kind, in two time zones and with both orders of ties. */
export const boards: readonly Board[] = defineBoards([
  { key: 'global', period: 'all' },
  { key: 'weekly', period: 'week' },
  { key: 'monthly', period: 'month', tieBreak: 'earliest' },
  { key: 'daily-in-berlin', period: 'day', timeZone: 'Europe/Berlin' },
]);

/** A Monday, the first instant of {@link week}. */
export const monday: Instant = instant('2026-11-23T00:00:00Z');

/** Returns the weekly board in the week of {@link monday}, or some weeks after it. */
export function week(weeksOn = 0, tieBreak: TieBreak = 'latest'): ClosingBoardPeriod {
  const board = { ...boardOf('weekly'), tieBreak };
  const period = boundedPeriodAt(board, addMs(monday, weeksOn * 7 * 24 * 3_600_000));
  ok(period);
  return { board, period };
}

/** Returns one of {@link boards}. */
export function boardOf(key: string): Board {
  const board = boards.find((one) => one.key === key);
  ok(board);
  return board;
}

/**
 * Returns where an award counts in a store without other definitions: on every board, in the period in which it was
 * earned.
 */
export function filingsAt(earnedAt: Instant): readonly BoardPeriod[] {
  return boards.map((board) => ({ board, period: periodAt(board, earnedAt) }));
}

/** Counts an award, at once if the store can, otherwise in its own transaction; creates the player first. */
export async function award(
  harness: RankingsHarness,
  given: XpAward,
  on: readonly Board[] = boards,
): Promise<AwardOutcome> {
  const { awards, players, transactions } = harness;
  if (awards.recordAtOnce) {
    await transactions.run((tx) => players.upsert(tx, { userId: given.userId, protections: 2 }));
    const atOnce = await awards.recordAtOnce(given, on);
    if (atOnce) return atOnce;
  }
  const [outcome] = await awardAll(harness, [given], on);
  ok(outcome);
  return outcome;
}

/** Counts awards in one transaction; creates their players first. */
export function awardAll(
  { transactions, awards, players }: RankingsHarness,
  all: readonly XpAward[],
  on: readonly Board[],
): Promise<readonly AwardOutcome[]> {
  return transactions.run(async (tx) => {
    const outcomes: AwardOutcome[] = [];
    for (const given of all) {
      await players.upsert(tx, { userId: given.userId, protections: 2 });
      outcomes.push(await awards.record(tx, given, on));
    }
    return outcomes;
  });
}

/** Sets the scores of a board: by awards, and by carrying over players without XP from the week before. */
export async function populate(
  harness: RankingsHarness,
  at: ClosingBoardPeriod,
  scores: readonly Score[],
): Promise<readonly AwardOutcome[]> {
  const idle = scores.filter(({ lastXpAt }) => lastXpAt === null);
  if (idle.length > 0) {
    const before = weekBefore(at);
    const lastXpAt = before.period.startsAt;
    const earlier = idle.map(({ userId }) => awardOf({ userId, score: 1, lastXpAt }, 'before'));
    await awardAll(harness, earlier, [before.board]);
    await seal(harness, before);
    await carryOverAll(harness, before, at, 10);
  }
  const active = scores.filter(({ lastXpAt }) => lastXpAt !== null);
  return awardAll(
    harness,
    active.map((score) => awardOf(score)),
    [at.board],
  );
}

/** Returns one award that brings a player to a score. */
export function awardOf({ userId, score, lastXpAt }: Score, why = 'all at once'): XpAward {
  ok(lastXpAt !== null);
  return { awardId: awardId(`${why} for ${userId}`), userId, amount: score, earnedAt: lastXpAt };
}

/** Returns XP that a player earned early in a given week. */
export function earned(id: UserId, amount: number, weeksOn = 0): XpAward {
  const earnedAt = addMs(week(weeksOn).period.startsAt, 3_600_000);
  return { awardId: awardId(`${id} in week ${weeksOn}`), userId: id, amount, earnedAt };
}

/** Returns all scores of a period, read in pages. */
export function scoresOf(
  { rankings }: Pick<RankingsHarness, 'rankings'>,
  at: BoardPeriod,
  limit?: number,
): Promise<readonly NamedScore[]> {
  return allPages(
    (last: NamedScore | undefined, size) =>
      rankings.scores(at, { limit: size, ...(last && { after: last }) }),
    limit,
  );
}

/** Returns all scores of a period, read with `allScores`. */
export function allScoresOf(
  { rankings, transactions }: Pick<RankingsHarness, 'rankings' | 'transactions'>,
  at: BoardPeriod,
  limit?: number,
): Promise<readonly NamedScore[]> {
  return transactions.run(async (tx) => {
    const pages = await rankings.allScores(tx, at);
    return allPages(
      (last: NamedScore | undefined, size) => pages({ limit: size, ...(last && { after: last }) }),
      limit,
    );
  });
}

/** Returns all final standings of a period, read in pages. */
export function archiveOf(
  { archive }: RankingsHarness,
  { board, period }: BoardPeriod,
  limit?: number,
): Promise<readonly Standing[]> {
  return allPages(
    (last: Standing | undefined, size) =>
      archive.list({ board, period: period.key }, { limit: size, ...(last && { afterRank: last.rank }) }),
    limit,
  );
}

/**
 * Opens a period if needed, advances the store's clock to its end, and seals it in its own transaction; retries while
 * awards in progress prevent it.
 */
export async function seal(harness: RankingsHarness, at: ClosingBoardPeriod): Promise<boolean> {
  const { transactions, periods, periodResets } = harness;
  await passTo(harness, at.period.endsAt);
  return onceFree(() =>
    transactions.run(async (tx) => {
      await periods.open(tx, at.board, at.period.startsAt);
      return periodResets.seal(tx, at, at.period.endsAt);
    }),
  );
}

/** Advances the store's clock to an instant, or later. */
export async function passTo({ now, passTime }: RankingsHarness, at: Instant): Promise<void> {
  if (now() < at) await passTime(at - now());
}

/** Records that the reset of a period was finished at its end. */
export function finish(
  { transactions, periodResets }: RankingsHarness,
  at: ClosingBoardPeriod,
): Promise<void> {
  return transactions.run((tx) => periodResets.finish(tx, at, at.period.endsAt));
}

/** Archives a sealed period batch by batch. Returns how many players are in the archive. */
export function archiveAll(
  { transactions, periodResets }: RankingsHarness,
  at: ClosingBoardPeriod,
  limit: number,
  between?: () => Promise<void>,
): Promise<number> {
  return inBatches(transactions, (tx, after) => periodResets.archive(tx, { ...at, after, limit }), between);
}

/** Carries the players of a sealed period over to another one, batch by batch; opens that one if needed. */
export async function carryOverAll(
  { transactions, periods, periodResets }: RankingsHarness,
  at: ClosingBoardPeriod,
  { period: to }: ClosingBoardPeriod,
  limit: number,
  between?: () => Promise<void>,
): Promise<number> {
  await transactions.run((tx) => periods.open(tx, at.board, to.startsAt));
  const batch = (tx: Transaction, after: Json) => periodResets.carryOver(tx, { ...at, to, after, limit });
  return inBatches(transactions, batch, between);
}

/** Clears a sealed period batch by batch. */
export function clearAll(
  { transactions, periodResets }: RankingsHarness,
  at: ClosingBoardPeriod,
  limit: number,
): Promise<number> {
  return inBatches(transactions, (tx, after) => periodResets.clear(tx, { ...at, after, limit }));
}

/** Returns scores in the order of a board, with the names of players without a name of their own: their ids. */
export function ordered(scores: readonly Score[], ties: TieBreak): readonly NamedScore[] {
  return [...scores]
    .sort((a, b) => compareScores(a, b, ties))
    .map(({ userId, score, lastXpAt }) => ({ userId, username: userId, score, lastXpAt }));
}

/** Returns scores in the order of a board, each with its rank. */
export function ranked(scores: readonly Score[], ties: TieBreak): readonly Standing[] {
  return ordered(scores, ties).map((score, index) => ({ ...score, rank: index + 1 }));
}

function weekBefore({ board, period }: ClosingBoardPeriod): ClosingBoardPeriod {
  const before = boundedPeriodAt(board, addMs(period.startsAt, -1));
  ok(before);
  return { board, period: before };
}
