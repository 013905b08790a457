import { SKEW_REPORT_TTL_MS, type SkewedInstance, type SkewedInstances } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import { interval, millis, whole } from '../database/sql.ts';

/** The instances with skewed clocks, on PostgreSQL. Times are from the database's clock. */
export class PostgresSkewedInstances implements SkewedInstances {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  async report(instance: string, skewMs: number): Promise<void> {
    const { skewedInstances, now } = this.#database.tables;
    // Primary key; locks the row of the instance, and those of dead instances unless another instance removes them.
    await this.#execute(sql`
      with clock as materialized (select ${now} as at),
      gone as (
        delete from ${skewedInstances} where instance in (
          select instance from ${skewedInstances} as old, clock
          where measured_at <= clock.at - ${interval(SKEW_REPORT_TTL_MS)} and instance <> ${instance}
          for update of old skip locked
        )
      )
      insert into ${skewedInstances} as known (instance, skew_ms, since, measured_at)
      select ${instance}, ${skewMs}::bigint, at, at from clock
      on conflict (instance) do update set skew_ms = excluded.skew_ms, measured_at = excluded.measured_at,
        since = case when known.measured_at > excluded.measured_at - ${interval(SKEW_REPORT_TTL_MS)}
          then known.since else excluded.since end
    `);
  }

  async withdraw(instance: string): Promise<void> {
    // Primary key; locks the one row.
    await this.#execute(
      sql`delete from ${this.#database.tables.skewedInstances} where instance = ${instance}`,
    );
  }

  list(): Promise<readonly SkewedInstance[]> {
    const { skewedInstances, now } = this.#database.tables;
    // The whole table, which is usually empty; without locks.
    return this.#execute(sql`
      select instance, ${whole(sql`skew_ms`)} as "skewMs", ${millis('since')} as since, ${millis('measured_at')} as "measuredAt"
      from ${skewedInstances}, (select ${now} as at offset 0) as clock
      where measured_at > clock.at - ${interval(SKEW_REPORT_TTL_MS)} order by instance
    `);
  }

  async #execute<Row>(statement: RawBuilder<unknown>): Promise<readonly Row[]> {
    const { rows } = await this.#database.within(undefined, (db) => statement.execute(db));
    return rows as Row[];
  }
}
