import { sql, type RawBuilder } from 'kysely';
import { isUniqueViolation } from './failures.ts';
import type { Sql } from './postgres-transaction.ts';

/**
 * Inserts rows without `on conflict`, because they are almost certainly new (a third to a half cheaper). On a unique
 * violation, rolls back to a savepoint and inserts again with `on conflict do nothing`.
 *
 * @param write called with the end of the insert statement: nothing, or (the second time) `passOver`
 */
export async function insertExpectingNew<Result>(
  db: Sql,
  passOver: RawBuilder<unknown>,
  write: (onConflict: RawBuilder<unknown>) => Promise<Result>,
): Promise<Result> {
  await sql`savepoint before_insert`.execute(db);
  try {
    return await write(sql``);
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    await sql`rollback to savepoint before_insert`.execute(db);
    return write(passOver);
  }
}
