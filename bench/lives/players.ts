import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What the players' process needs to know. */
export interface Setup {
  readonly url: string;
  readonly schema: string;
  readonly offsetMs: number;
  /** What they do all the time: spend a life unless given, or earn XP. */
  readonly call?: 'spend' | 'award';
  /** How many of them, each on a connection of its own; 1 unless given. */
  readonly atOnce?: number;
}

export type Order = 'play' | 'rest' | 'end';

/** What players did between `play` and `rest`. */
export interface Played {
  /** How long each call took, in milliseconds. */
  readonly waits: readonly number[];
  readonly spent: number;
}

/** Players who call the library all the time, in a process of their own. */
export class Players {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async open(setup: Setup): Promise<Players> {
    const file = fileURLToPath(new URL('./player-process.ts', import.meta.url));
    const child = fork(file, [JSON.stringify(setup)]);
    const players = new Players(child);
    await players.#answer();
    return players;
  }

  /** What they did while some work was carried out. */
  async during(work: () => Promise<unknown>): Promise<Played> {
    this.#order('play');
    await work();
    this.#order('rest');
    return (await this.#answer()) as Played;
  }

  async close(): Promise<void> {
    const closed = once(this.#child, 'exit');
    this.#order('end');
    await closed;
  }

  #order(order: Order): void {
    this.#child.send(order);
  }

  /** The next message of the process, which must not end before. */
  async #answer(): Promise<unknown> {
    const answered = new AbortController();
    const { signal } = answered;
    const died = once(this.#child, 'exit', { signal }).then(() => {
      throw new Error('the process of the players ended before its time');
    });
    try {
      const [message] = (await Promise.race([once(this.#child, 'message', { signal }), died])) as [unknown];
      return message;
    } finally {
      answered.abort();
    }
  }
}
