import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { assertNodeVersion } from './node-version.ts';

it.each(['22.17.0', '22.18.1', '24.0.0', '26.1.0'])('accepts Node.js %s', (version) => {
  expect(() => assertNodeVersion(version)).not.toThrow();
});

it.each(['18.20.0', '20.19.5', '21.7.0', '22.2.0', '22.16.0'])('refuses Node.js %s in words', (version) => {
  expect(() => assertNodeVersion(version)).toThrow(
    expect.objectContaining({
      code: 'NODE_TOO_OLD',
      message: `Gamekeeper needs Node.js 22.17 or later; this is Node.js ${version}. Upgrade Node.js.`,
    }),
  );
});

it('accepts what engines in the manifest accepts', () => {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  expect(JSON.parse(manifest)).toMatchObject({ engines: { node: '>=22.17' } });
});
