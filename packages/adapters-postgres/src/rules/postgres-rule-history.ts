import type { Instant, JsonObject, Transaction } from '@gamekeeper/core';
import type { RuleChange, RuleHistory } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { PostgresDatabase } from '../database/postgres-database.ts';
import type { Sql } from '../database/postgres-transaction.ts';
import { millis, timestamp } from '../database/sql.ts';
import { statement } from '../database/statement.ts';

/** A few rows. */
const selectChanges = statement<object, RuleChange>(
  'read_rule_changes',
  ({ ruleChanges }) => sql`
    select name, ${millis('since')} as since, rules from ${ruleChanges} order by name, rule_changes.since
  `,
);

/** The history of rules on PostgreSQL. */
export class PostgresRuleHistory implements RuleHistory {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  record(rules: Readonly<Record<string, JsonObject>>, now: Instant): Promise<void> {
    return this.#database.run((tx) => this.#database.within(tx, (db) => this.#record(db, rules, now)));
  }

  changes(tx?: Transaction): Promise<readonly RuleChange[]> {
    return this.#database.read(tx, (db) => selectChanges(db, this.#database.tables, {}));
  }

  /**
   * Primary key. Several instances run one after the other, and each sees what the previous one recorded; readers do
   * not wait.
   */
  async #record(db: Sql, rules: Readonly<Record<string, JsonObject>>, hostNow: Instant): Promise<void> {
    const { ruleChanges, now } = this.#database.tables;
    const names = Object.keys(rules);
    await sql`lock table ${ruleChanges} in share row exclusive mode`.execute(db);
    await sql`
      insert into ${ruleChanges} (name, since, rules)
      select given.name, greatest(least(at, ${timestamp(hostNow)}), newest.since + interval '1 millisecond'),
        given.rules::jsonb
      from ${now} as at, unnest(${names}::text[],
        ${names.map((name) => JSON.stringify(rules[name]))}::text[]) as given (name, rules)
      left join lateral (
        select since, rules from ${ruleChanges} as recorded where recorded.name = given.name
        order by since desc limit 1
      ) as newest on true
      where newest.rules is distinct from given.rules::jsonb
    `.execute(db);
  }
}
