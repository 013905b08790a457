import { postgresAdapters, postgresDatabase, type PostgresDatabase } from '@gamekeeper/adapters-postgres';
import { createJobHost, type JobHost } from '@gamekeeper/composition';
import {
  SECOND_MS,
  defineJob,
  silentLogger,
  userId,
  type JobDefinition,
  type JobOptions,
  type Transaction,
} from '@gamekeeper/core';
import type { HostModule } from '@gamekeeper/core/ports';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';

/** What a step of a job recorded of itself. */
export interface Step {
  readonly job: string;
  readonly tick: Date;
  readonly part: string;
  readonly host: string;
}

type Sql = Kysely<unknown>;

const PARTS = ['a', 'b', 'c'];

/**
 * Hosts on one database whose work a queue carries: a job with a tick every two seconds, and one in three shards every
 * three seconds. Each step writes a row in its transaction, so that a doubled one would show.
 */
export class CarriedFleet {
  readonly schema = `gamekeeper_test_fleet_${process.pid}_${Math.random().toString(36).slice(2, 8)}`;
  /** A schema for a queue, dropped at the end. */
  readonly bossSchema = `${this.schema}_boss`;
  readonly hosts: JobHost[] = [];
  readonly #url: string;
  #database: PostgresDatabase | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  async start(
    name: string,
    scheduler: HostModule,
    role: 'both' | 'send' | 'work' = 'both',
  ): Promise<JobHost> {
    const host = createJobHost({
      modules: [postgresAdapters({ url: this.#url, schema: this.schema, poolSize: 4 }), scheduler],
      jobs: this.#jobs(name),
      engine: { bellMs: 1_000, leaseMs: 4_000, role, shardConcurrency: 2 },
      logger: silentLogger,
      instanceId: `${name}-${this.schema}`,
    });
    await host.open();
    this.#database ??= host.container.get<PostgresDatabase>(postgresDatabase.symbol);
    const table = sql`create table if not exists ${this.#steps} (job text, tick timestamptz, part text, host text)`;
    await this.run((db) => table.execute(db));
    await host.start();
    this.hosts.push(host);
    return host;
  }

  /** Plays quizzes of as many players, half on each host. */
  async play(players: number): Promise<void> {
    for (let index = 0; index < players; index += 1) {
      const { gameplay } = this.hosts[index % this.hosts.length]!;
      const user = userId(`player-${index}`);
      const started = await gameplay.startQuiz({ userId: user, username: `Player ${index}` });
      if (!started.ok) throw new Error(started.reason);
      await gameplay.completeQuiz({ sessionId: started.session.id, xp: 10 });
    }
  }

  async steps(): Promise<readonly Step[]> {
    const { rows } = await this.run((db) =>
      sql<Step>`select job, tick, part, host from ${this.#steps} order by tick, part`.execute(db),
    );
    return rows.map(({ tick, ...step }) => ({ ...step, tick: new Date(tick) }));
  }

  /** Waits until every tick of a span has ended, and says what is wrong: steps that are missing or were done twice. */
  async judge(from: number, to: number): Promise<readonly Step[]> {
    const wanted = [...this.#wanted(from, to)];
    const span = (steps: readonly Step[]): readonly string[] =>
      steps.filter(({ tick }) => tick.getTime() >= from && tick.getTime() <= to).map(keyOf);
    let steps = await this.steps();
    for (let time = 0; time < 60 && span(steps).length < wanted.length; time += 1) {
      await wait(500);
      steps = await this.steps();
    }
    expect([...span(steps)].sort()).toEqual(wanted.sort());
    return steps;
  }

  async close(): Promise<void> {
    const [first] = this.hosts;
    await Promise.all(this.hosts.slice(1).map((host) => host.stop()));
    await this.run((db) => sql`drop schema if exists ${sql.id(this.bossSchema)} cascade`.execute(db));
    await this.#database?.dropSchema();
    await first?.stop();
  }

  run<Result>(statement: (db: Sql) => Promise<Result>, tx?: Transaction): Promise<Result> {
    return this.#database!.within(tx, statement);
  }

  *#wanted(from: number, to: number): Iterable<string> {
    for (let at = Math.ceil(from / SECOND_MS) * SECOND_MS; at <= to; at += SECOND_MS) {
      const tick = new Date(at);
      if (tick.getUTCSeconds() % 2 === 0) yield keyOf({ job: 'every-two', tick, part: 'all' });
      if (tick.getUTCSeconds() % 3 === 0)
        for (const part of [...PARTS, 'finish']) yield keyOf({ job: 'every-three', tick, part });
    }
  }

  #jobs(host: string): readonly JobDefinition[] {
    const batch =
      (job: string): JobOptions['batch'] =>
      async ({ tx, asOf, shard }) => {
        await this.#step({ job, tick: new Date(asOf), part: (shard ?? 'all') as string, host }, tx);
        return { processed: 1, next: null };
      };
    const [two, three] = ['every-two', 'every-three'] as const;
    return [
      defineJob({ name: two, schedule: { cron: '*/2 * * * * *' }, batch: batch(two) }),
      defineJob({
        name: three,
        schedule: { cron: '*/3 * * * * *' },
        maxShards: PARTS.length,
        shards: async () => ({ parts: PARTS }),
        batch: batch(three),
        finish: ({ tx, asOf }) => this.#step({ job: three, tick: new Date(asOf), part: 'finish', host }, tx),
      }),
    ];
  }

  async #step({ job, tick, part, host }: Step, tx: Transaction): Promise<void> {
    const at = tick.toISOString();
    const add = sql`insert into ${this.#steps} values (${job}, ${at}::timestamptz, ${part}, ${host})`;
    await this.run((db) => add.execute(db), tx);
  }

  get #steps(): RawBuilder<unknown> {
    return sql.id(this.schema, 'steps');
  }
}

function keyOf({ job, tick, part }: Pick<Step, 'job' | 'tick' | 'part'>): string {
  return `${job} ${tick.toISOString()} ${part}`;
}
