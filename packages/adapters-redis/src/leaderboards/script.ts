import { isError } from '@gamekeeper/core/engine';
import { createHash } from 'node:crypto';
import type { RedisCommands } from '../redis-options.ts';

/** An argument of a script. */
export type ScriptArgument = string | number | Buffer;

/** The reply of a script: nothing, text, a number, or a list of these. */
export type Reply = null | string | number | readonly Reply[];

/**
 * A Lua script on the keys of one board. It is sent by its digest, and in full to a server that does not know it yet.
 *
 * Every key begins with `KEYS[1]`, whose hash tag keeps a board in one slot of a cluster; the other keys of a script
 * are only known after it has read the first.
 */
export class Script {
  readonly #source: string;
  readonly #digest: string;

  constructor(...parts: readonly string[]) {
    this.#source = parts.join('\n');
    this.#digest = createHash('sha1').update(this.#source).digest('hex');
  }

  async run(client: RedisCommands, keys: readonly string[], args: readonly ScriptArgument[]): Promise<Reply> {
    try {
      return (await client.evalsha(this.#digest, keys.length, ...keys, ...args)) as Reply;
    } catch (error) {
      if (!isError(error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return (await client.eval(this.#source, keys.length, ...keys, ...args)) as Reply;
    }
  }
}
