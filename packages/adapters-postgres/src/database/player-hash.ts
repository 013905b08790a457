import { sql, type RawBuilder } from 'kysely';

/**
 * Returns the hash of a player's id, the one of hash indexes. Rows that hold many players in arrays are found by it; several
 * players may have the same.
 */
export function hashOf(userId: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`pg_catalog.hashtext(${userId} collate "C")`;
}

/**
 * Returns the bucket of a hash.
 *
 * @param buckets how many there are: a power of two, and the same for ever
 */
export function bucketOf(hash: RawBuilder<unknown>, buckets: number): RawBuilder<unknown> {
  return sql`(${hash} & ${sql.lit(buckets - 1)})::smallint`;
}
