import { GamekeeperError } from '@gamekeeper/core';
import { problemOf, problemOfRefusal, type Refusal } from '@gamekeeper/http';
import { glob, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Returns every error code in the sources: type arguments of error classes, and codes passed to constructors. */
async function codesInSources(): Promise<readonly string[]> {
  const codes = new Set<string>();
  for await (const file of glob('packages/*/src/**/*.ts', { cwd: root })) {
    if (file.endsWith('.test.ts')) continue;
    const source = await readFile(`${root}/${file}`, 'utf8');
    const places = [
      ...source.matchAll(/extends \w*Error<([^>]*)>/g),
      ...source.matchAll(/new (?:Gamekeeper|Setup|DeliveryAborted)Error\(\s*('\w+')/g),
    ];
    for (const [, text = ''] of places) {
      for (const [, code = ''] of text.matchAll(/'([A-Z_]+)'/g)) codes.add(code);
    }
  }
  return [...codes].sort();
}

/** Returns every reason of a refusal in core, sorted. */
async function reasonsInSources(): Promise<readonly string[]> {
  const reasons = new Set<string>();
  for await (const file of glob('packages/core/src/game/**/*.ts', { cwd: root })) {
    if (file.endsWith('.test.ts')) continue;
    const source = await readFile(`${root}/${file}`, 'utf8');
    for (const [, text = ''] of source.matchAll(/ok: false[;,]\s+(?:readonly )?reason: ([^;,}]+)/g))
      for (const [, reason = ''] of text.matchAll(/'([a-z-]+)'/g)) reasons.add(reason);
  }
  return [...reasons].sort();
}

it('docs/errors.md explains every error code of the sources, sorted, and no other', async () => {
  const codes = await codesInSources();
  expect(codes).toContain('INVALID_OPTION');
  expect(codes).toContain('DELIVERY_STALLED');
  const page = await readFile(`${root}/docs/errors.md`, 'utf8');
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (.+) \| (.+) \|$/gm)];
  expect(rows.map(([, code]) => code)).toEqual(codes);
});

it('every error code has a status over HTTP, which docs/errors.md shows', async () => {
  const problems = (await codesInSources()).map((code) => problemOf(new GamekeeperError(code, 'text')));
  const page = await readFile(`${root}/docs/errors.md`, 'utf8');
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (\d{3}) \|/gm)];
  expect(rows.map(([, code, status]) => [code, Number(status)])).toEqual(
    problems.map(({ code, status }) => [code, status]),
  );
});

it('every reason of a refusal has a status over HTTP, which docs/errors.md shows', async () => {
  const reasons = await reasonsInSources();
  expect(reasons).toContain('at-maximum');
  const page = await readFile(`${root}/docs/errors.md`, 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (\d{3}) \|/gm)];
  const statuses = reasons.map((reason) => problemOfRefusal({ ok: false, reason } as Refusal).status);
  expect(Object.fromEntries(rows.map(([, reason, status]) => [reason, Number(status)]))).toEqual(
    Object.fromEntries(reasons.map((reason, index) => [reason, statuses[index]])),
  );
});

it('every error class names its codes, so that the page cannot miss one', async () => {
  const unnamed: string[] = [];
  for await (const file of glob('packages/*/src/**/*.ts', { cwd: root })) {
    const source = await readFile(`${root}/${file}`, 'utf8');
    if (/class \w+ extends (?:Gamekeeper|Setup)Error(?! *<)/.test(source)) unnamed.push(file);
  }
  expect(unnamed).toEqual([]);
});
