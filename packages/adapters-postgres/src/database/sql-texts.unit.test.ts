import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('..', import.meta.url));
const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith('migrations'))
  .map((file) => ({ file, text: readFileSync(`${source}/${file}`, 'utf8') }))
  .filter(({ text }) => /\bsql(?:<[^`]*>)?`/.test(text));

/** What looks like a call and is syntax, which nothing in a search path can take the place of. */
const SYNTAX =
  /^(?:coalesce|greatest|least|nullif|extract|array|numeric|varchar|timestamptz|current_timestamp|unnest)$/;

/** Calls of functions in SQL, by the name that is written; our style has no space before their brackets. */
function callsIn(text: string): readonly string[] {
  return templatesIn(text).flatMap((sql) =>
    [...sql.matchAll(/(?<![\w.$"])([a-z_][\w.]*)\(/g)].map(([, name]) => name!),
  );
}

/** The text of SQL templates, each without what is filled in. */
function templatesIn(text: string): readonly string[] {
  const pieces: string[] = [];
  const open: { readonly isSql: boolean; depth: number }[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const top = open.at(-1);
    const inTemplate = top !== undefined && top.depth === 0;
    if (text[at] === '`' && inTemplate) open.pop();
    else if (text[at] === '`') {
      open.push({ isSql: /sql(?:<[^`]*>)?$/.test(text.slice(Math.max(0, at - 200), at)), depth: 0 });
      pieces.push('');
    } else if (inTemplate && text.startsWith('${', at)) {
      top.depth = 1;
      at += 1;
      if (top.isSql) pieces.push(`${pieces.pop() ?? ''} `);
    } else if (inTemplate && top.isSql) pieces.push((pieces.pop() ?? '') + text[at]!);
    else if (top && text[at] === '{') top.depth += 1;
    else if (top && text[at] === '}') top.depth -= 1;
  }
  return pieces;
}

describe('the texts of our SQL', () => {
  it('are found by this test', () => {
    expect(files.length).toBeGreaterThan(30);
    expect(files.flatMap(({ text }) => callsIn(text)).length).toBeGreaterThan(60);
  });

  it('name every function with its schema: a search path may hold another that fits better', () => {
    const bare = files.flatMap(({ file, text }) =>
      callsIn(text)
        .filter((name) => !name.startsWith('pg_catalog.') && !SYNTAX.test(name))
        .map((name) => `${file}: ${name}`),
    );
    expect(bare).toEqual([]);
  });

  it('read no number as floating-point text, and no date as text, which settings of a session change', () => {
    const changed = files.flatMap(({ file, text }) =>
      [...text.matchAll(/[\w")]+::(?:float8|double precision)|evaluated_on::text/g)].map(
        ([found]) => `${file}: ${found}`,
      ),
    );
    expect(changed).toEqual([]);
  });
});
