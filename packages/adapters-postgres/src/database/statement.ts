import { CompiledQuery, sql, type RawBuilder } from 'kysely';
import { createHash } from 'node:crypto';
import type { Sql } from './postgres-transaction.ts';
import type { Tables } from './sql.ts';

/** A statement whose text never changes in one schema, for calls that are made often. */
export type Statement<Parameters extends object, Row> = (
  db: Sql,
  tables: Tables,
  parameters: Parameters,
) => Promise<readonly Row[]>;

/** The parameters of a statement as they appear in its text. */
export type Placeholders<Parameters extends object> = {
  readonly [Name in keyof Parameters]-?: RawBuilder<unknown>;
};

/** A part of a statement. */
export type StatementPart<Parameters extends object> = (
  tables: Tables,
  parameters: Placeholders<Parameters>,
) => RawBuilder<unknown>;

/** What the text of each statement begins with. The name is that of the prepared statement. */
const NAME = /^\/\* (gamekeeper_\w+) \*\//;

/**
 * Returns a statement that is written once per schema, since writing it costs more than the driver's work for a call.
 * Its text begins with a name, by which connections prepare it: see {@link statementName}.
 *
 * @param name lower case, unique among statements
 * @param write writes the statement; it must not depend on anything but its arguments
 */
export function statement<Parameters extends object, Row>(
  name: string,
  write: (tables: Tables, parameters: Placeholders<Parameters>) => RawBuilder<unknown>,
): Statement<Parameters, Row> {
  const texts = new WeakMap<Tables, Text>();
  return async (db, tables, parameters) => {
    let text = texts.get(tables);
    if (!text) {
      text = compiled(name, write(tables, placeholders<Parameters>()), db);
      texts.set(tables, text);
    }
    const values = text.values.map((value) =>
      value instanceof Placeholder ? parameters[value.name as keyof Parameters] : value,
    );
    const { rows } = await db.executeQuery<Row>(CompiledQuery.raw(text.sql, values));
    return rows;
  };
}

/** Returns the name under which a statement may be prepared, or `undefined` if its text may change. */
export function statementName(text: unknown): string | undefined {
  if (typeof text !== 'string' || !text.startsWith('/* gamekeeper_')) return undefined;
  return NAME.exec(text)?.[1];
}

interface Text {
  readonly sql: string;
  /** Values, or the {@link Placeholder} of a parameter. */
  readonly values: readonly unknown[];
}

/** Stands for a parameter while a statement is written. */
class Placeholder<Name> {
  readonly name: Name;

  constructor(name: Name) {
    this.name = name;
  }
}

function placeholders<Parameters extends object>(): Placeholders<Parameters> {
  return new Proxy({} as Placeholders<Parameters>, {
    get: (_, name) => sql.val(new Placeholder(name)),
  });
}

/** The name contains a hash of the text, so that it never stands for two: hosts and schemas may share a pool. */
function compiled(name: string, written: RawBuilder<unknown>, db: Sql): Text {
  const { sql: text, parameters } = written.compile(db);
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return { sql: `/* gamekeeper_${name}_${hash} */ ${text.trim()}`, values: parameters };
}
