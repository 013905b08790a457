import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { bare, readDoors, type Door } from './doors.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('the public surface', () => {
  let doors: readonly Door[];
  beforeAll(async () => {
    doors = await readDoors(root);
  });

  it('is listed in a file, so that a review sees it change', async () => {
    const text = doors
      .map(
        ({ specifier, names }) =>
          `${specifier} (${names.length})\n${names.map((name) => `  ${name}\n`).join('')}`,
      )
      .join('\n');
    await expect(text).toMatchFileSnapshot('public-surface.txt');
  });

  it('has each name of core behind one door', () => {
    const names = doors
      .filter(({ specifier }) => specifier.startsWith('@gamekeeper/core'))
      .flatMap(({ names }) => names);
    expect(names.map(bare).filter((name, index, all) => all.indexOf(name) !== index)).toEqual([]);
  });

  it('has no name behind the inner doors of core that nobody imports', async () => {
    const inner = doors.filter(({ specifier }) => /^@gamekeeper\/core\/./.test(specifier));
    const imported = await importsOf(inner.map(({ specifier }) => specifier));
    const unused = inner.flatMap(({ specifier, names }) =>
      names.map((name) => `${specifier} ${bare(name)}`).filter((name) => !imported.has(name)),
    );
    expect(inner.length).toBeGreaterThan(2);
    expect(unused).toEqual([]);
  });
});

/** What is imported from these doors in the repository, its pages included: `@gamekeeper/core/ports Outbox`. */
async function importsOf(specifiers: readonly string[]): Promise<ReadonlySet<string>> {
  const imported = new Set<string>();
  const files = [
    '{packages,examples}/*/{src,test}/**/*.ts',
    '{test,bench,scripts}/**/*.ts',
    'docs/*.md',
    '**/README.md',
  ];
  for await (const file of glob(files, {
    cwd: root,
    exclude: (name) => name === 'node_modules' || name === 'dist',
  })) {
    const text = await readFile(join(root, file), 'utf8');
    for (const [, list, specifier] of text.matchAll(
      /(?:import|export)\s+(?:type\s+)?\{([^}]*)\}\s+from '([^']+)'/g,
    )) {
      if (!specifiers.includes(specifier!)) continue;
      for (const item of list!.split(','))
        imported.add(`${specifier} ${bare(item.trim()).replace(/ as .*/, '')}`);
    }
  }
  return imported;
}
