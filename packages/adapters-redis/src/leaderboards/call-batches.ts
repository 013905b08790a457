import { StoreUnavailableError } from '@gamekeeper/core';
import { isError } from '@gamekeeper/core/engine';
import type { RedisConnection } from '../redis-connection.ts';
import { withTimeout } from '../with-timeout.ts';
import type { Reply, Script } from './script.ts';

/**
 * Number of calls per script, so that a script blocks Redis for a fraction of a millisecond, and Redis has the next
 * calls while the replies of the last ones are handled.
 */
const MAX_CALLS = 16;

interface Call {
  /** The key of the board. */
  readonly key: string;
  readonly args: readonly string[];
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Sends the calls of one turn of the event loop together, as one script for several players and boards: most of the cost
 * of a call, in this process and in Redis, is that of a command. A cluster gets one script per board, because the boards
 * are in different slots.
 *
 * The script gets the boards as its keys and, for each call, the number of its board and its arguments. It returns a
 * list with one reply per call.
 */
export class CallBatches {
  readonly #script: Script;
  readonly #connection: RedisConnection;
  readonly #timeoutMs: number;
  #waiting: Call[] = [];
  /** Whether a script may have the keys of several boards. */
  #sharesKeys = true;

  /** @param timeoutMs timeout of a call in milliseconds */
  constructor(script: Script, connection: RedisConnection, timeoutMs: number) {
    this.#script = script;
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Runs the script for one board.
   *
   * @throws {StoreUnavailableError} while the connection is down, or if Redis does not respond in time; whether the
   *   script ran is unknown then
   */
  run(key: string, args: readonly string[]): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting;
      if (waiting.length === 0) setImmediate(() => this.#send(waiting));
      waiting.push({ key, args, resolve, reject });
      if (waiting.length === MAX_CALLS) this.#send(waiting);
    });
  }

  #send(calls: Call[]): void {
    // Already sent when it was full.
    if (calls !== this.#waiting) return;
    this.#waiting = [];
    if (this.#sharesKeys && !this.#connection.isCluster) void this.#runAll(calls);
    else for (const ofBoard of Map.groupBy(calls, ({ key }) => key).values()) void this.#runAll(ofBoard);
  }

  async #runAll(calls: readonly Call[]): Promise<void> {
    try {
      const replies = (await this.#runScript(calls)) as readonly Reply[];
      for (const [index, { resolve }] of calls.entries()) resolve(replies[index]!);
    } catch (error) {
      if (calls.length === 1 || error instanceof StoreUnavailableError) {
        for (const { reject } of calls) reject(error);
        return;
      }
      // One board may be at fault, or the server may be part of a cluster: each call on its own. To repeat one is harmless.
      if (isCrossSlot(error)) this.#sharesKeys = false;
      await Promise.all(calls.map((call) => this.#runAll([call])));
    }
  }

  #runScript(calls: readonly Call[]): Promise<Reply> {
    const keys: string[] = [];
    const args: (string | number)[] = [];
    for (const { key, args: own } of calls) {
      let number = keys.indexOf(key) + 1;
      if (number === 0) number = keys.push(key);
      args.push(number, ...own);
    }
    return withTimeout(
      this.#connection.runIfConnected((client) => this.#script.run(client, keys, args), { isGathered: true }),
      this.#timeoutMs,
      (reason) => new StoreUnavailableError('Redis', reason),
    );
  }
}

function isCrossSlot(error: unknown): boolean {
  return isError(error) && error.message.startsWith('CROSSSLOT');
}
