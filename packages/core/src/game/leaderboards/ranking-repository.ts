import type { AwardId, UserId } from '../players/ids.ts';
import type { Json } from '../../engine/common/json.ts';
import type { Instant } from '../../engine/time/instant.ts';
import type { Transaction } from '../../engine/transactions/transactions.ts';
import type { Board } from './board.ts';
import type { ScorePages, NamedScore, Score, Standing } from './standing.ts';
import type { ResolvedPeriod } from './resolve-period.ts';
import type { BoundedPeriod, Period } from './period.ts';
import type { BoardPeriod } from './board-period.ts';

/** XP that a player earned. */
export interface XpAward {
  readonly awardId: AwardId;
  readonly userId: UserId;
  /** A whole number from 0 on. 0 puts the player on the boards and moves nobody. */
  readonly amount: number;
  readonly earnedAt: Instant;
}

/** What came of an award. */
export interface AwardOutcome {
  /** `false` when an award of this id was counted before; then nothing changed. */
  readonly counted: boolean;
  /** The player's scores after it, on every board that it counts for. */
  readonly scores: readonly (BoardPeriod & { readonly score: NamedScore })[];
  /** The boards whose period is sealed already, or was passed over: there it does not count. */
  readonly late: readonly BoardPeriod[];
}

/** A board's period as the store knows it. */
export interface PeriodRecord {
  readonly key: string;
  readonly startsAt: Instant | null;
  readonly endsAt: Instant | null;
  /** The tick that sealed it; `null` while it is open. */
  readonly sealedAt: Instant | null;
  /** How many players are in the archive; `null` until all of them are. */
  readonly players: number | null;
  /** The tick whose run finished its reset; `null` until then. */
  readonly resetAt: Instant | null;
}

/** A period that is over and whose reset is not finished: open, or sealed and left at some step. */
export type UnfinishedPeriod = BoundedPeriod & Pick<PeriodRecord, 'sealedAt' | 'players'>;

/** One batch of a step of a reset. */
export interface ResetBatch {
  readonly board: Board;
  readonly period: BoundedPeriod;
  /** What the batch before answered as `next`; `null` for the first. */
  readonly after: Json;
  readonly limit: number;
}

/** What a batch of a reset did, and where the next goes on. */
export interface ResetProgress {
  readonly processed: number;
  readonly next: Json;
}

/**
 * Scores, periods and the archive of sealed ones: the truth behind every leaderboard.
 *
 * Periods are data: a period is stored when it is opened, with its key and span, and keeps both for ever, whatever the
 * board's definition is by then. `periodAmong` says which period an instant belongs to beside those that are stored;
 * the periods of a board never overlap and never share a key, also when hosts with several definitions of it work side
 * by side.
 *
 * Sealing is final. From the moment that `seal` commits, no award changes the period, so the batches of `archive` that
 * follow all see the same standings. `rankingRepositoryContract` in `@gamekeeper/testkit` is this contract as test
 * cases.
 */
export interface RankingRepository {
  /**
   * Counts an award once, whatever its id is sent again with: for the player's XP and on each board, into the period
   * that `earnedAt` belongs to, which is opened where it is not stored. An award racing with `seal` is counted before
   * it, or is late. It is also late for a period that ends before one that is sealed begins: the reset has passed that
   * over, and nothing would close it if it were opened now.
   *
   * An award of 0 earns nothing: it moves nobody, in ties either, and leaves the time of the last XP as it is. A player
   * whom it finds on no board appears there at 0 without a time, as one who is carried over does.
   */
  award(tx: Transaction, award: XpAward, boards: readonly Board[]): Promise<AwardOutcome>;

  /** The period that an instant belongs to, as `periodAmong` says: stored, or as `open` would store it now. */
  periodAt(board: Board, at: Instant, tx?: Transaction): Promise<ResolvedPeriod>;

  /** Stores the period that an instant belongs to, unless it is stored, and gives it. */
  open(tx: Transaction, board: Board, at: Instant): Promise<Period>;

  /** A player's XP of all time; 0 for somebody who is not known. */
  xpOf(userId: UserId, tx?: Transaction): Promise<number>;

  /** Scores of a period that is not cleared, in the order of the board, after a given one. */
  scores(
    at: BoardPeriod,
    page: { readonly after?: Score; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly NamedScore[]>;

  /**
   * The scores of a period for whoever reads them all, in the order of the board: asked for page after page, each after
   * the last score of the one before. A page without `after` begins anew, with what stands then; the pages that follow
   * it may show what stood at that moment. They can be asked for until the transaction ends.
   */
  allScores(tx: Transaction, at: BoardPeriod): Promise<ScorePages>;

  /**
   * A board's periods that end by an instant and whose reset is not finished, oldest first. Periods without a row are
   * not known.
   */
  unfinished(board: Board, through: Instant, tx?: Transaction): Promise<readonly UnfinishedPeriod[]>;

  /**
   * Seals a stored period, after every award that is being counted for it. Returns `false`, and changes nothing, when
   * it is sealed already, and when it ends after the store's present.
   *
   * Where awards wait for a seal that waits itself, it waits but a moment.
   *
   * @param options.dryRun the transaction will be undone: seals also what ends after the store's present
   * @throws {RowLockedError} when an award under way does not end: seal again later
   */
  seal(
    tx: Transaction,
    at: { readonly board: Board; readonly period: BoundedPeriod },
    tick: Instant,
    options?: { readonly dryRun?: boolean },
  ): Promise<boolean>;

  /** Writes final standings of a sealed period to the archive, by rank: players with a score above zero. */
  archive(tx: Transaction, batch: ResetBatch): Promise<ResetProgress>;

  /**
   * Keeps every player of a sealed period on the board: at 0 in another stored one, unless they have a score there.
   * Nobody comes to a period that is sealed itself. Players whose score there is being written by somebody else come
   * last, so that nobody else waits for them.
   *
   * @throws {RowLockedError} when only such players are left: go on later
   */
  carryOver(tx: Transaction, batch: ResetBatch & { readonly to: BoundedPeriod }): Promise<ResetProgress>;

  /** Removes the scores of a sealed and archived period. */
  clear(tx: Transaction, batch: ResetBatch): Promise<ResetProgress>;

  /** Records that the reset of a sealed period is finished. */
  finish(
    tx: Transaction,
    at: { readonly board: Board; readonly period: BoundedPeriod },
    tick: Instant,
  ): Promise<void>;

  /** One period of a board, or `null` when it was never opened. */
  period(board: Board, key: string): Promise<PeriodRecord | null>;

  /** A board's periods in the order of time, newest first, before a stored one by its key. */
  periods(
    board: Board,
    page: { readonly before?: string; readonly limit: number },
    tx?: Transaction,
  ): Promise<readonly PeriodRecord[]>;

  /** Final standings of an archived period, by rank, after a given rank. */
  archived(
    at: { readonly board: Board; readonly period: string },
    page: { readonly afterRank?: number; readonly limit: number },
  ): Promise<readonly Standing[]>;

  /** A player's final standing in an archived period, or `null`. */
  archivedStanding(
    at: { readonly board: Board; readonly period: string },
    userId: UserId,
  ): Promise<Standing | null>;
}
