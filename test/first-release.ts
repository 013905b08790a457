import { readFile } from 'node:fs/promises';

const dump = await readFile(
  new URL('../packages/adapters-postgres/test/fixtures/schema-0.1.0.sql', import.meta.url),
  'utf8',
);

/** What 0.1.0 made in its schema and a game left there, for a schema that is there: statements for one round trip. */
export function firstRelease(schema: string): string {
  return dump.replace('CREATE SCHEMA gamekeeper;', '').replace(/\bgamekeeper\./g, `"${schema}".`);
}
