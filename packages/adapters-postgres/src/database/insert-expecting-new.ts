import { sql, type RawBuilder } from 'kysely';
import { isUniqueViolation } from './failures.ts';
import type { Sql } from './postgres-transaction.ts';

/**
 * Writes rows that are almost certainly new without looking for each whether it is known, which would cost a third to a
 * half of their insert. Where one is known after all, everything is taken back and written again with the look.
 *
 * @param write called with what ends the insert: nothing, or (the second time) `passOver`
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
