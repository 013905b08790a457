import { type Clock, type Standing, type UserId } from '@gamekeeper/core';
import {
  BoardNotCachedError,
  type BoardPeriod,
  type Drift,
  type LeaderboardCache,
  type NamedScore,
  type Player,
  type Score,
  type ScorePages,
} from '@gamekeeper/core/ports';
import type { RedisConnection } from '../redis-connection.ts';
import { CallBatches } from './call-batches.ts';
import { RedisBoard } from './redis-board.ts';
import { leaderboardOptions, type RedisLeaderboardOptions } from './leaderboard-options.ts';
import { namedArguments, negated, standingOf, timeKey, userOf } from './member.ts';
import * as read from './read-scripts.ts';
import { reconcile } from './reconciliation.ts';
import type { Reply, Script } from './script.ts';
import * as write from './write-scripts.ts';

/**
 * Leaderboards in Redis, as a cache of the database. A read or an award is one script call on the live version, so it
 * sees one complete board.
 *
 * Reads of an incomplete board (flushed, partly evicted, never reconciled) throw `BoardNotCachedError`, and awards for
 * it are ignored, until it is reconciled. It is bound by `redisLeaderboards`, which reads the database meanwhile.
 */
export class RedisLeaderboardCache implements LeaderboardCache {
  readonly #connection: RedisConnection;
  readonly #clock: Clock;
  readonly #options: Required<RedisLeaderboardOptions>;
  readonly #records: CallBatches;
  readonly #standings: CallBatches;

  /** @throws {InvalidOptionError} for invalid options */
  constructor(connection: RedisConnection, clock: Clock, options: RedisLeaderboardOptions = {}) {
    this.#connection = connection;
    this.#clock = clock;
    this.#options = leaderboardOptions(options);
    const { timeoutMs } = this.#options;
    this.#records = new CallBatches(write.record, connection, timeoutMs);
    this.#standings = new CallBatches(read.standing, connection, timeoutMs);
  }

  async top(
    at: BoardPeriod,
    { after, limit }: { readonly after?: Score; readonly limit: number },
  ): Promise<readonly Standing[]> {
    const place = after
      ? [negated(after.score), timeKey(after.lastXpAt, at.board.tieBreak) + after.userId]
      : [];
    return places(await this.#read(at, read.top, limit, ...place), at);
  }

  async standing(at: BoardPeriod, userId: UserId): Promise<Standing | null> {
    const reply = await this.#standings.run(this.#board(at).key, [userId]);
    if (reply === null) throw new BoardNotCachedError(at);
    if (reply === 0) return null;
    const [rank, entry] = reply as readonly [number, string];
    return standingOf(userId, entry, rank + 1, at.board.tieBreak);
  }

  async around(
    at: BoardPeriod,
    userId: UserId,
    { before, after }: { readonly before: number; readonly after: number },
  ): Promise<readonly Standing[]> {
    const reply = await this.#read(at, read.around, userId, before, after);
    return reply === 0 ? [] : places(reply, at);
  }

  async size(at: BoardPeriod): Promise<number> {
    return (await this.#read(at, read.size)) as number;
  }

  async record(at: BoardPeriod, score: NamedScore): Promise<void> {
    const { tieBreak } = at.board;
    await this.#records.run(this.#board(at).key, [tieBreak, ...namedArguments(score, tieBreak)]);
  }

  async rename(at: BoardPeriod, { userId, username }: Player): Promise<void> {
    await this.#board(at).runWithTimeout(write.rename, at.board.tieBreak, userId, username);
  }

  reconcile(at: BoardPeriod, truth: ScorePages, options: { readonly full?: boolean } = {}): Promise<Drift> {
    return reconcile(this.#board(at), truth, options.full ?? false);
  }

  async drop(at: BoardPeriod): Promise<void> {
    await this.#board(at).run(write.drop);
  }

  async #read(at: BoardPeriod, script: Script, ...args: readonly (string | number)[]): Promise<Reply> {
    const reply = await this.#board(at).runWithTimeout(script, ...args);
    if (reply === null) throw new BoardNotCachedError(at);
    return reply;
  }

  #board(at: BoardPeriod): RedisBoard {
    return new RedisBoard(at, {
      connection: this.#connection,
      clock: this.#clock,
      options: this.#options,
    });
  }
}

/** Returns the standings from a script's reply: index of the first, members, entries. */
function places(reply: Reply, { board }: BoardPeriod): readonly Standing[] {
  const [from, members, entries] = reply as readonly [number, readonly string[], readonly string[]];
  return entries.map((entry, index) =>
    standingOf(userOf(members[index]!), entry, from + index + 1, board.tieBreak),
  );
}
