import { GamekeeperError, InvalidOptionError, show } from '../../engine/common/errors.ts';
import { userId as checkedUser, type UserId } from '../players/ids.ts';
import { knownOptions, storableText, wholeNumber } from '../../engine/common/options.ts';
import type { Clock } from '../../engine/time/clock.ts';
import { instant } from '../../engine/time/instant.ts';
import { toDate, withDates, type ToDates, type WithDates } from '../../engine/time/with-dates.ts';
import type { Transactions } from '../../engine/transactions/transactions.ts';
import type { BoardPeriod } from './board-period.ts';
import type { Board } from './board.ts';
import { PeriodCache } from './period-cache.ts';
import type { Drift, LeaderboardCache } from './leaderboard-cache.ts';
import { recalculate } from './leaderboard-recalculation.ts';
import type { PeriodRecord, PeriodRepository } from './period-repository.ts';
import type { RankingRepository } from './ranking-repository.ts';
import type { StandingsArchive } from './standings-archive.ts';
import type { Score, Standing } from './standing.ts';

/** The host has no board with this key. */
export class UnknownBoardError extends GamekeeperError<'UNKNOWN_BOARD'> {
  constructor(key: string, known: readonly string[]) {
    super('UNKNOWN_BOARD', `There is no board ${show(key)}; this host has ${known.join(', ') || 'none'}.`);
  }
}

/** A page of a board, in its order. */
export interface StandingsPage {
  readonly board: string;
  readonly period: string;
  readonly standings: readonly WithDates<Standing>[];
  /** The cursor of the next page, which may be empty; `null` after the last player. */
  readonly cursor: string | null;
}

/** The key of a board's period. Default: the current period. */
export interface PeriodChoice {
  readonly period?: string;
}

/** A rank as a host receives it. */
export const standingWithDates: ToDates<Standing> = withDates<Standing>({ lastXpAt: toDate });
const recordWithDates = withDates<PeriodRecord>({
  startsAt: toDate,
  endsAt: toDate,
  sealedAt: toDate,
  resetAt: toDate,
});

/** The calls of a host that read leaderboards. */
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
   * Returns the best players of a board, in pages. A page begins after the position where the previous one ended,
   * wherever scores have moved since. A cursor stays in the period in which it began, even if that is sealed
   * meanwhile.
   *
   * @param options.limit from 1 to 1,000, default 10
   * @throws {UnknownBoardError} {@link InvalidOptionError} for an invalid cursor
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
    const standings = await this.#read(at, {
      open: (open) => this.#cache.top(open, { limit, ...(cursor && { after: cursor }) }),
      archived: (past) => this.#archive.list(past, { limit, ...(cursor && { afterRank: cursor.rank }) }),
    });
    const period = typeof at.period === 'string' ? at.period : at.period.key;
    const last = standings.length === limit ? standings.at(-1) : undefined;
    const cursorAfter = last ? writeCursor(period, last) : null;
    return { board: key, period, standings: standings.map(standingWithDates), cursor: cursorAfter };
  }

  /**
   * Returns a player's rank on a board, or `null` if the player is not on it.
   *
   * @throws {UnknownBoardError} {@link InvalidOptionError} for a period without players
   */
  async standing(
    key: string,
    userId: UserId,
    choice: PeriodChoice = {},
  ): Promise<WithDates<Standing> | null> {
    const board = this.#board(key);
    checkedUser(userId);
    const at = await this.#at(board, knownOptions(choice, ['period']).period);
    const standing = await this.#read(at, {
      open: (open) => this.#cache.standing(open, userId),
      archived: (past) => this.#archive.find(past, userId),
    });
    return standing && standingWithDates(standing);
  }

  /**
   * Returns a player's rank with its neighbours; empty if the player is not on the board.
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
    const standings = await this.#read(at, {
      open: (open) => this.#cache.around(open, userId, { before, after }),
      archived: async (past) => {
        const own = await this.#archive.find(past, userId);
        if (!own) return [];
        const afterRank = Math.max(0, own.rank - 1 - before);
        return this.#archive.list(past, { afterRank, limit: own.rank + after - afterRank });
      },
    });
    return standings.map(standingWithDates);
  }

  /** Returns how many players are on a board now. */
  async size(key: string): Promise<number> {
    const board = this.#board(key);
    return this.#cache.size({ board, period: await this.#periodCache.at(board, this.#clock.now()) });
  }

  /**
   * Returns a board's periods, newest first.
   *
   * @param page.before the key of the last period of the previous page
   * @param page.limit from 1 to 1,000, default 20
   * @throws {UnknownBoardError} {@link InvalidOptionError} for a key that is not a period of the board
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

  /** Makes the cache of a board's current period equal to the store, now. `full` rebuilds it in any case. */
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

  /** Returns where to read a period: the archive once it is complete, otherwise the cache. */
  async #at(
    board: Board,
    key: string | undefined,
    unknown = () => new InvalidOptionError('period', key, playedIn(board)),
  ): Promise<Place> {
    const current = await this.#periodCache.at(board, this.#clock.now());
    if (key === undefined || key === current.key) return { kind: 'open', board, period: current };
    const record = await this.#record(board, 'period', key, unknown);
    if (record.players !== null) return { kind: 'archived', board, period: key };
    return { kind: 'open', board, period: record };
  }

  /** Reads a period where it is; once more, if a reset has archived and cleared it meanwhile. */
  async #read<Result>(
    at: Place,
    {
      open,
      archived,
    }: {
      readonly open: (at: BoardPeriod) => Promise<Result>;
      readonly archived: (at: ArchivedPeriod) => Promise<Result>;
    },
  ): Promise<Result> {
    if (at.kind === 'archived') return archived(at);
    const found = await open(at);
    const { board, period } = at;
    if (period.endsAt === null || this.#clock.now() < period.endsAt) return found;
    const isArchived = (await this.#periods.find(board, period.key))?.players != null;
    return isArchived ? archived({ board, period: period.key }) : found;
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

interface ArchivedPeriod {
  readonly board: Board;
  readonly period: string;
}

/** Where a period is read. */
type Place = ({ readonly kind: 'open' } & BoardPeriod) | ({ readonly kind: 'archived' } & ArchivedPeriod);

function playedIn(board: Board): string {
  return `must be a period of board ${board.key} in which at least one player has played`;
}

type Cursor = Score & { readonly period: string; readonly rank: number };

/** Returns a cursor, opaque to callers: the position where the page ended, and its period. */
function writeCursor(period: string, { rank, score, lastXpAt, userId }: Standing): string {
  return [period, rank, score, lastXpAt ?? '', userId].join('~');
}

const CURSOR = /^([^~]+)~(\d+)~(\d+)~(-?\d+|)~(.+)$/s;

/** Parses a cursor. It comes from a caller, so none of its values can be trusted. */
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
