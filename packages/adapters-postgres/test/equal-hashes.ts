import type { UserId } from '@gamekeeper/core';
import { sql } from 'kysely';
import type { PostgresDatabase } from '../src/index.ts';

/** Pairs of ids with the same hash, one after the other. */
export async function idsWithEqualHashes(
  database: PostgresDatabase,
  pairs: number,
): Promise<readonly UserId[]> {
  const { rows } = await database.within(undefined, (db) =>
    sql<{ one: UserId; other: UserId }>`
      with player as (select 'player ' || n as id, hashtext('player ' || n) as hash from generate_series(1, 150000) as n)
      select min(id) as one, max(id) as other from player group by hash having count(*) > 1 limit ${pairs}
    `.execute(db),
  );
  return rows.flatMap(({ one, other }) => [one, other]);
}
