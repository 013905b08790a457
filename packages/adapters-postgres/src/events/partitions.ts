import { sql, type RawBuilder } from 'kysely';

/** The number of values of the column `lane` in the migrations. */
export const PARTITIONS = 16;

/** Returns the partition of a player's events, as the migrations compute it for single events. */
export function partitionOfPlayer(userId: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(pg_catalog.hashtext(${userId}) & ${sql.lit(PARTITIONS - 1)})::smallint`;
}
