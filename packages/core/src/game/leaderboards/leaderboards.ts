import { GamekeeperError, InvalidOptionError, show } from '../../engine/common/errors.ts';
import { userId as checkedUser, type UserId } from '../players/ids.ts';
import { knownOptions, storableText, wholeNumber } from '../../engine/common/options.ts';
import type { Clock } from '../../engine/time/clock.ts';
import { instant } from '../../engine/time/instant.ts';
import { toDate, withDates, type ToDates, type WithDates } from '../../engine/time/with-dates.ts';
import type { Transactions } from '../../engine/transactions/transactions.ts';
import type { Board } from './board.ts';
import { PeriodCache } from './period-cache.ts';
import type { Drift, LeaderboardCache } from './leaderboard-cache.ts';
import { recalculate } from './leaderboard-recalculation.ts';
import type { PeriodRecord, PeriodRepository } from './period-repository.ts';
import type { RankingRepository } from './ranking-repository.ts';
import type { StandingsArchive } from './standings-archive.ts';
import type { Score, Standing } from './standing.ts';

/** A board that no host has. */
export class UnknownBoardError extends GamekeeperError<'UNKNOWN_BOARD'> {
  constructor(key: string, known: readonly string[]) {
    super('UNKNOWN_BOARD', `There is no board ${show(key)}; this host has ${known.join(', ') || 'none'}.`);
  }
}

/** A part of a board, in its order. */
export interface StandingsPage {
  readonly board: string;
  readonly period: string;
  readonly standings: readonly WithDates<Standing>[];
  /** To be passed back for the page that follows, which may be empty; `null` after the last player. */
  readonly cursor: string | null;
}

/** Which period of a board: the current one unless given by its key. */
export interface PeriodChoice {
  readonly period?: string;
}

/** A place as a backend is given it. */
export const standingWithDates: ToDates<Standing> = withDates<Standing>({ lastXpAt: toDate });
const recordWithDates = withDates<PeriodRecord>({
  startsAt: toDate,
  endsAt: toDate,
  sealedAt: toDate,
  resetAt: toDate,
});

/** What a host calls to show leaderboards. */
export class Leaderboards {
  readonly #boards: ReadonlyMap<string, Board>;
  readonly #periods: PeriodRepository;
  readonly #rankings: RankingRepository;
  readonly #archive: StandingsArchive;
  readonly #periodCache: PeriodCache;
  readonly #cache: LeaderboardCache;
  readonly #transactions: Transactions;
  readonly #clock: Clock;

  constructor({
    boards,
    periods,
    rankings,
    archive,
    cache,
    transactions,
    clock,
  }: {
    readonly boards: readonly Board[];
    readonly periods: PeriodRepository;
    readonly rankings: RankingRepository;
    readonly archive: StandingsArchive;
    readonly cache: LeaderboardCache;
    readonly transactions: Transactions;
    readonly clock: Clock;
  }) {
    this.#boards = new Map(boards.map((board) => [board.key, board]));
    this.#periods = periods;
    this.#rankings = rankings;
    this.#archive = archive;
    this.#periodCache = new PeriodCache(periods);
    this.#cache = cache;
    this.#transactions = transactions;
    this.#clock = clock;
  }

  /** The boards of this host. */
  get boards(): readonly Board[] {
    return [...this.#boards.values()];
  }

  /**
   * The best players of a board, page by page. A page follows the place where the one before ended, wherever scores
   * have moved since; a cursor stays with the period that it began in, also when that is sealed meanwhile.
   *
   * @param options.limit from 1 to 1,000, default 10
   * @throws {UnknownBoardError} {@link InvalidOptionError} for a cursor that is none
   */
  async top(
    key: string,
    options: PeriodChoice & { readonly limit?: number; readonly cursor?: string } = {},
  ): Promise<StandingsPage> {
    const board = this.#board(key);
    const { period: chosen, limit = 10, cursor: text } = knownOptions(options, ['period', 'limit', 'cursor']);
    wholeNumber('limit', limit, { min: 1, max: 1_000 });
    const cursor = text === undefined ? null : readCursor(text);
    const at = cursor
      ? await this.#at(board, cursor.period, () => cursorError(text))
      : await this.#at(board, chosen);
    const standings =
      at.kind === 'archived'
        ? await this.#archive.list(at, { limit, ...(cursor && { afterRank: cursor.rank }) })
        : await this.#cache.top(at, { limit, ...(cursor && { after: cursor }) });
    const period = typeof at.period === 'string' ? at.period : at.period.key;
    const last = standings.length === limit ? standings.at(-1) : undefined;
    const cursorAfter = last ? writeCursor(period, last) : null;
    return { board: key, period, standings: standings.map(standingWithDates), cursor: cursorAfter };
  }

  /**
   * A player's place on a board, or `null` for one who is not on it.
   *
   * @throws {UnknownBoardError} {@link InvalidOptionError} for a period that nobody has played in
   */
  async standing(
    key: string,
    userId: UserId,
    choice: PeriodChoice = {},
  ): Promise<WithDates<Standing> | null> {
    const board = this.#board(key);
    checkedUser(userId);
    const at = await this.#at(board, knownOptions(choice, ['period']).period);
    const standing =
      at.kind === 'archived' ? await this.#archive.find(at, userId) : await this.#cache.standing(at, userId);
    return standing && standingWithDates(standing);
  }

  /**
   * A player's place with the neighbours before and after it; empty for one who is not on the board.
   *
   * @param options.before players before, up to 500, default 5
   * @param options.after players after, up to 500, default 5
   */
  async around(
    key: string,
    userId: UserId,
    options: PeriodChoice & { readonly before?: number; readonly after?: number } = {},
  ): Promise<readonly WithDates<Standing>[]> {
    const board = this.#board(key);
    checkedUser(userId);
    const { before = 5, after = 5, period } = knownOptions(options, ['period', 'before', 'after']);
    wholeNumber('before', before, { min: 0, max: 500 });
    wholeNumber('after', after, { min: 0, max: 500 });
    const at = await this.#at(board, period);
    if (at.kind === 'open')
      return (await this.#cache.around(at, userId, { before, after })).map(standingWithDates);
    const own = await this.#archive.find(at, userId);
    if (!own) return [];
    const afterRank = Math.max(0, own.rank - 1 - before);
    const limit = own.rank + after - afterRank;
    return (await this.#archive.list(at, { afterRank, limit })).map(standingWithDates);
  }

  /** How many players are on a board now. */
  async size(key: string): Promise<number> {
    const board = this.#board(key);
    return this.#cache.size({ board, period: await this.#periodCache.at(board, this.#clock.now()) });
  }

  /**
   * A board's periods in the order of time, newest first.
   *
   * @param page.before the key of the last period of the page before
   * @param page.limit from 1 to 1,000, default 20
   * @throws {UnknownBoardError} {@link InvalidOptionError} for a key that is no period of the board
   */
  async periods(
    key: string,
    page: { readonly before?: string; readonly limit?: number } = {},
  ): Promise<readonly WithDates<PeriodRecord>[]> {
    const board = this.#board(key);
    const { before, limit = 20 } = knownOptions(page, ['before', 'limit']);
    wholeNumber('limit', limit, { min: 1, max: 1_000 });
    if (before !== undefined) await this.#record(board, 'before', before);
    const periods = await this.#periods.list(board, { limit, ...(before !== undefined && { before }) });
    return periods.map(recordWithDates);
  }

  /** Makes the cache of a board's current period equal to the truth, now. `full` rebuilds it whatever it holds. */
  async recalculate(key: string, options: { readonly full?: boolean } = {}): Promise<Drift> {
    const board = this.#board(key);
    const { full = false } = knownOptions(options, ['full']);
    if (typeof full !== 'boolean') throw new InvalidOptionError('full', full, 'must be true or false');
    const at = { board, period: await this.#periodCache.at(board, this.#clock.now()) };
    const ports = { rankings: this.#rankings, cache: this.#cache };
    return this.#transactions.run((tx) => recalculate(ports, tx, at, options));
  }

  #board(key: string): Board {
    const board = this.#boards.get(key);
    if (!board) throw new UnknownBoardError(key, [...this.#boards.keys()]);
    return board;
  }

  /** Where a period is to be read: the archive once it is complete, otherwise the cache. */
  async #at(
    board: Board,
    key: string | undefined,
    unknown = () => new InvalidOptionError('period', key, playedIn(board)),
  ) {
    const current = await this.#periodCache.at(board, this.#clock.now());
    if (key === undefined || key === current.key) return { kind: 'open' as const, board, period: current };
    const record = await this.#record(board, 'period', key, unknown);
    if (record.players !== null) return { kind: 'archived' as const, board, period: key };
    return { kind: 'open' as const, board, period: record };
  }

  async #record(
    board: Board,
    option: string,
    key: string,
    unknown = () => new InvalidOptionError(option, key, playedIn(board)),
  ): Promise<PeriodRecord> {
    const record = await this.#periods.find(board, storableText(option, key, playedIn(board)));
    if (!record) throw unknown();
    return record;
  }
}

function playedIn(board: Board): string {
  return `must be a period of board ${board.key} in which somebody has played`;
}

type Cursor = Score & { readonly period: string; readonly rank: number };

/** Opaque to callers: where the page ended, and in which period. */
function writeCursor(period: string, { rank, score, lastXpAt, userId }: Standing): string {
  return [period, rank, score, lastXpAt ?? '', userId].join('~');
}

const CURSOR = /^([^~]+)~(\d+)~(\d+)~(-?\d+|)~(.+)$/s;

/** What a cursor says. It comes back from outside: no number in it needs to be one that was ever written. */
function readCursor(text: unknown): Cursor {
  const [, period, rank, score, time, id] = CURSOR.exec(typeof text === 'string' ? text : '') ?? [];
  const number = (written: string | undefined, most: number): number =>
    wholeNumber('cursor', Number(written), { min: -most, max: most });
  try {
    return {
      period: storableText('cursor', period, ''),
      rank: number(rank, Number.MAX_SAFE_INTEGER),
      score: number(score, Number.MAX_SAFE_INTEGER),
      lastXpAt: time === '' ? null : instant(number(time, Number.MAX_SAFE_INTEGER)),
      userId: checkedUser(storableText('cursor', id, '')),
    };
  } catch (cause) {
    throw cursorError(text, cause);
  }
}

function cursorError(text: unknown, cause?: unknown): InvalidOptionError {
  return new InvalidOptionError('cursor', text, 'must be the cursor of the previous page', { cause });
}
