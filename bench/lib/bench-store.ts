import {
  postgresAdapters,
  postgresDatabase,
  type PostgresDatabase,
  type TableMappings,
} from '@gamekeeper/adapters-postgres';
import { createJobHost, type JobHost, type JobHostOptions, type CustomJob } from '@gamekeeper/composition';
import {
  iso,
  noThrottle,
  runThrottle,
  silentLogger,
  type Clock,
  type Instant,
  type Throttle,
} from '@gamekeeper/core';
import type { HostModule } from '@gamekeeper/core/ports';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';

/** Where the tables of a bench are: a schema on a server, or an embedded database that is gone with the process. */
export type Place = { readonly url: string; readonly schema: string } | { readonly memory: true };

/** A host on a database of its own, and a way to ask that database anything. */
export class BenchStore {
  readonly host: JobHost;
  readonly database: PostgresDatabase;
  readonly #schema: string;

  private constructor(host: JobHost, schema: string) {
    this.host = host;
    this.database = host.container.get<PostgresDatabase>(postgresDatabase.symbol);
    this.#schema = schema;
  }

  /**
   * @param jobs further ones, beside those of the game
   * @param modules further ones, beside PostgreSQL and the scheduler
   */
  static async open(
    place: Place & {
      readonly poolSize?: number;
      readonly pinnableClock?: boolean;
      readonly tables?: TableMappings;
    },
    clock: Clock,
    jobs: readonly CustomJob[] = [],
    modules: readonly HostModule[] = [],
    {
      throttle = noThrottle,
      ...options
    }: Pick<JobHostOptions, 'engine' | 'jobOverrides'> & { readonly throttle?: Throttle } = {},
  ): Promise<BenchStore> {
    const host = createJobHost({
      ...options,
      jobs,
      modules: [
        postgresAdapters({ pinnableClock: true, ...place }),
        cronerScheduler(),
        // A run that makes way for the rest of a busy machine would be measured with its pauses.
        runThrottle(throttle),
        ...modules,
      ],
      clock,
      logger: silentLogger,
    });
    await host.open();
    return new BenchStore(host, 'schema' in place ? place.schema : 'gamekeeper');
  }

  /**
   * A host whose jobs were registered at an instant. At the first opening they are registered at the server's time, which
   * has nothing to do with the day of a bench, and the host keeps that in memory.
   */
  static async openRegistered(
    at: Instant,
    ...opened: Parameters<typeof BenchStore.open>
  ): Promise<BenchStore> {
    const first = await BenchStore.open(...opened);
    const instant = `timestamptz '${iso(at)}'`;
    await first.query(
      `update {jobs} set registered_at = ${instant}, starts_after = ${instant}, watermark = ${instant}`,
    );
    await first.close();
    return BenchStore.open(...opened);
  }

  /** One statement, outside a transaction of ours. `{lives}` stands for the table of that name in our schema. */
  query<Row>(statement: string): Promise<Row[]> {
    const text = statement.replaceAll(/\{(\w+)\}/g, (_, table: string) => `"${this.#schema}"."${table}"`);
    return this.database.orm.driver.getConnection().execute<Row[]>(text);
  }

  /** Stops the host and leaves the tables. */
  async close(): Promise<void> {
    await this.host.stop();
  }

  /** Drops the tables and stops the host. */
  async drop(): Promise<void> {
    await this.database.dropSchema();
    await this.close();
  }
}

/** A schema on the server that nobody else uses. */
export function ownSchema(url: string): Place & { readonly schema: string } {
  return { url, schema: `gamekeeper_bench_${process.pid}` };
}
