import { DAY_MS, StoreUnavailableError, type Clock } from '@gamekeeper/core';
import { type BoardPeriod } from '@gamekeeper/core/ports';
import type { RedisConnection } from '../redis-connection.ts';
import type { RedisLeaderboardOptions } from './leaderboard-options.ts';
import { withTimeout } from '../with-timeout.ts';
import type { Reply, Script, ScriptArgument } from './script.ts';

/** The keys of one board of one period, and their time to live. */
export class RedisBoard {
  readonly at: BoardPeriod;
  readonly leaseMs: number;
  readonly #connection: RedisConnection;
  /** The key of the pointer, and the start of every other key. */
  readonly key: string;
  readonly #keepClosedMs: number;
  readonly #answerWithinMs: number;
  readonly #clock: Clock;

  constructor(
    at: BoardPeriod,
    {
      connection,
      clock,
      options,
    }: {
      readonly connection: RedisConnection;
      readonly clock: Clock;
      readonly options: Required<RedisLeaderboardOptions>;
    },
  ) {
    this.at = at;
    this.leaseMs = options.recalculationLeaseSeconds * 1_000;
    this.#connection = connection;
    this.#clock = clock;
    this.#keepClosedMs = options.keepClosedDays * DAY_MS;
    this.#answerWithinMs = options.timeoutMs;
    // In braces, for a cluster: all keys of a board are in one slot.
    this.key = connection.key('leaderboard', `{${at.board.key}:${at.period.key}}`);
  }

  /** How long the board must be kept from now on, in milliseconds; 0 if its period never ends. */
  get ttlMs(): number {
    const { endsAt } = this.at.period;
    return endsAt === null ? 0 : Math.max(0, endsAt - this.#clock.now()) + this.#keepClosedMs;
  }

  /**
   * Runs a script for which a player waits.
   *
   * @throws {StoreUnavailableError} if Redis does not respond in time; whether the script ran is unknown then
   */
  runWithTimeout(script: Script, ...args: readonly ScriptArgument[]): Promise<Reply> {
    return withTimeout(
      this.run(script, ...args),
      this.#answerWithinMs,
      (reason) => new StoreUnavailableError('Redis', reason),
    );
  }

  /**
   * Runs a script on the board, in one round trip.
   *
   * @throws {StoreUnavailableError} at once while the connection is down
   */
  run(script: Script, ...args: readonly ScriptArgument[]): Promise<Reply> {
    return this.#connection.runIfConnected((client) => script.run(client, [this.key], args));
  }
}
