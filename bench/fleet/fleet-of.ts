import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import type { BenchOptions } from '../lib/arguments.ts';
import { allWays, type Begun, type MemberSetup, type Way } from './ways.ts';

const program = fileURLToPath(new URL('./member.ts', import.meta.url));

/** Hundreds of processes are started: each reads here what an earlier one has compiled. */
const compiled = join(tmpdir(), 'gamekeeper-bench-compiled');

/** A process of a fleet. */
export interface Member {
  readonly child: ChildProcess;
  isReady: boolean;
  /** Resolves when it takes ticks. */
  readonly ready: Promise<void>;
}

/** Processes that get ticks in one way, and the names that they use. */
export class FleetOf {
  readonly way: Way;
  readonly prefix: string;
  readonly #options: BenchOptions;
  readonly #jobs: MemberSetup['jobs'];
  readonly #members = new Set<Member>();

  constructor(way: Way, options: BenchOptions, jobs: MemberSetup['jobs']) {
    this.way = way;
    this.prefix = `gamekeeper_bench_${process.pid}_${allWays.indexOf(way)}`;
    this.#options = options;
    this.#jobs = jobs;
  }

  /** How many processes there are, also those that are starting. */
  get size(): number {
    return this.#members.size;
  }

  get ready(): readonly Member[] {
    return [...this.#members].filter(({ isReady }) => isReady);
  }

  /** Starts a process; `onBegun` is called for each tick that it begins with. */
  add(deed: MemberSetup['deed'], onBegun: (begun: Begun) => void = () => undefined): Member {
    const { url, redis } = this.#options;
    const setup: MemberSetup = { way: this.way, url, redis, prefix: this.prefix, jobs: this.#jobs, deed };
    const child = fork(program, [JSON.stringify(setup)], {
      env: { ...process.env, NODE_COMPILE_CACHE: compiled },
    });
    const ready = Promise.withResolvers<void>();
    const member: Member = { child, isReady: false, ready: ready.promise };
    this.#members.add(member);
    child.on('message', (message: 'ready' | Begun) => {
      if (message !== 'ready') return onBegun(message);
      member.isReady = true;
      ready.resolve();
    });
    child.once('exit', () => {
      this.#members.delete(member);
      member.isReady = false;
      ready.reject(new Error(`a process of ${this.way} ended before it was ready`));
    });
    ready.promise.catch(() => undefined);
    return member;
  }

  /** Ends a process without a warning. */
  async kill({ child }: Member): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  async killAll(): Promise<void> {
    await Promise.all([...this.#members].map((member) => this.kill(member)));
  }

  /** Ends all processes, and removes what they have left behind. */
  async close(): Promise<void> {
    await this.killAll();
    await withPool(this.#options, async (store) => {
      for (const part of ['', '_boss', '_bench'])
        await store.query(`drop schema if exists "${this.prefix}${part}" cascade`);
    });
    const redis = new Redis(this.#options.redis);
    for await (const keys of redis.scanStream({ match: `${this.prefix}:*`, count: 1_000 }))
      if ((keys as string[]).length > 0) await redis.unlink(...(keys as string[]));
    redis.disconnect();
  }
}

/** Lends a connection to the server of the bench. */
export async function withPool<Result>(
  { url }: Pick<BenchOptions, 'url'>,
  use: (store: Pool) => Promise<Result>,
): Promise<Result> {
  const store = new Pool({ connectionString: url, max: 1 });
  try {
    return await use(store);
  } finally {
    await store.end();
  }
}
