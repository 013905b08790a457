import { glob } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

it('every test file says of which kind it is, so that none is left out of a run', async () => {
  const files = await Array.fromAsync(
    glob('{packages,examples}/*/{src,test}/**/*.test.ts', { cwd: root, exclude: ['**/node_modules/**'] }),
  );
  const own = await Array.fromAsync(glob('test/**/*.test.ts', { cwd: root }));
  const all = [...files, ...own];
  expect(all.length).toBeGreaterThan(150);
  expect(all.filter((file) => !/\.(unit|int|e2e)\.test\.ts$/.test(file))).toEqual([]);
});
