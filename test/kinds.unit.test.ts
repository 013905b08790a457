import { glob } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

it('every test file says of which kind it is, so that none is left out of a run', async () => {
  const patterns = ['{packages,examples}/*/{src,test}/**/*.test.ts', 'test/**/*.test.ts'];
  const all: string[] = [];
  for await (const file of glob(patterns, { cwd: root })) all.push(file);
  expect(all.length).toBeGreaterThan(150);
  expect(all.filter((file) => !/\.(unit|int|e2e)\.test\.ts$/.test(file))).toEqual([]);
});
