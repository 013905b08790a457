import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { assets } from './assets.ts';

it('is small: everything that a page loads has at most 40 kB, compressed', () => {
  const sizes = [...assets.values()].map(({ body }) => gzipSync(body).byteLength);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(40_000);
});

it('loads nothing from elsewhere', () => {
  for (const { body } of assets.values())
    expect(body.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|url\(|@import/);
});
