import { cp, glob, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrowsFile, renderArrows } from '../scripts/arrows/overrides.ts';
import {
  coreDoors,
  examples,
  importsOfTests,
  onlyInComposition,
  packages,
  rooms,
} from '../scripts/arrows/table.ts';
import { lint, type Finding } from './oxlint.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const ours = [
  '@gamekeeper/telemetry',
  '@gamekeeper/example-standalone',
  'gamekeeper',
  ...Object.values(coreDoors),
];
const neighbour = './neighbour.ts';
const sharedTests = '../../../test/server-suites.ts';
const sideDoors = [
  '@gamekeeper/core/dist/index.js',
  '@gamekeeper/core/src/index.ts',
  '@gamekeeper/core/ports/outbox.ts',
  '@gamekeeper/testkit/ports',
  '../../core/src/index.ts',
  '../../core/src/game/lives/lives.ts',
  '../../testkit/dist/index.js',
  '../../../examples/standalone/src/main.ts',
];
const strangers = ['fs', 'luxon', 'mikro-orm', 'croner-extra'];

/** One of everything that a file of ours could think of importing. */
const everything = [
  ...new Set([
    neighbour,
    sharedTests,
    ...sideDoors,
    ...strangers,
    ...ours,
    ...Object.keys(packages).map((name) => `@gamekeeper/${name}`),
    ...[
      ...Object.keys(packages).flatMap((name) => importsOfTests(name)),
      ...Object.values(examples).flatMap(({ source }) => source),
      ...onlyInComposition,
    ].flatMap(examplesOf),
  ]),
];

/** Modules that a name in the table stands for. */
function examplesOf(name: string): readonly string[] {
  if (name === 'node:*') return ['node:fs', 'node:fs/promises'];
  if (name.startsWith('@gamekeeper/')) return [name];
  if (name.endsWith('/*')) return [name.replace('*', 'core'), name.replace('*', 'sdk-trace')];
  return [name, `${name}/part`];
}

/** Whatever of {@link everything} some names in the table stand for. */
function modulesOf(names: readonly string[]): readonly string[] {
  return everything.filter((module) => names.some((name) => standsFor(name, module)));
}

function standsFor(name: string, module: string): boolean {
  if (name.endsWith('*')) return module.startsWith(name.slice(0, -1));
  return module === name || (!name.startsWith('@gamekeeper/') && module.startsWith(`${name}/`));
}

const container = onlyInComposition.flatMap(examplesOf);
const byDoors = everything.filter((name) => !sideDoors.includes(name) && !container.includes(name));

/** What may be imported from where; every other member of {@link everything} must be refused there. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    Object.entries(packages).flatMap(([name, { source }]) => {
      const tests = [neighbour, sharedTests, ...modulesOf(importsOfTests(name))];
      return [
        [`packages/${name}/src/planted.ts`, [neighbour, ...modulesOf(source)]],
        [`packages/${name}/src/planted.test.ts`, tests],
        [`packages/${name}/test/planted.ts`, tests],
      ];
    }),
  ),
  ...Object.fromEntries(
    Object.entries(rooms).map(([folder, { source }]) => [
      `packages/${folder}/planted.ts`,
      [neighbour, ...modulesOf(source)],
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(examples).map(([name, { source }]) => [
      `examples/${name}/src/planted.ts`,
      [neighbour, sharedTests, ...modulesOf(source)],
    ]),
  ),
  'examples/planted/src/main.ts': byDoors,
  'test/planted.test.ts': byDoors,
};

/** What of core's own files the engine may import, and what not. */
const withinCore = {
  allowed: ['./neighbour.ts', '../time/instant.ts', '../../engine/time/instant.ts'],
  refused: [
    '../../game/lives/lives.ts',
    '../../game/index.ts',
    '../game/lives/lives.ts',
    '../index.ts',
    '../../index.ts',
    '../../ports.ts',
    '@gamekeeper/core/game',
  ],
};

/** Every way to import, each of which the linter must see through. */
const waysToImport = [
  `import 'luxon';`,
  `import { DateTime } from 'luxon';`,
  `import type { Zone } from 'luxon';`,
  `export { Duration } from 'luxon';`,
  `export * from 'luxon';`,
  `export const late = await import('luxon');`,
  `import old = require('luxon');`,
  `export type Info = import('luxon').Info;`,
];

const engineFiles = [
  'packages/core/src/engine/jobs/planted.ts',
  'packages/core/src/engine/jobs/planted.test.ts',
];

const waysToAskThePlatform = [
  `export const now = Date.now();`,
  `export const chance = Math.random();`,
  `setTimeout(() => undefined, 1);`,
  `setInterval(() => undefined, 1);`,
  `console.log('hello');`,
];

describe('the arrows of the house', () => {
  let folder: string;
  let findings: readonly Finding[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'house-'));
    for (const file of ['.oxlintrc.json', arrowsFile]) await cp(join(root, file), join(folder, file));
    for (const file of Object.keys(arrows))
      await plant(
        file,
        everything.map((name) => `import '${name}';`),
      );
    for (const file of engineFiles)
      await plant(
        file,
        [...withinCore.refused, ...withinCore.allowed].map((name) => `import '${name}';`),
      );
    await plant('packages/core/src/ways.ts', waysToImport);
    await plant('packages/core/src/platform.ts', waysToAskThePlatform);
    await plant('packages/core/src/platform.test.ts', waysToAskThePlatform);
    ({ findings } = await lint(folder));
  });

  afterAll(() => rm(folder, { recursive: true }));

  async function plant(file: string, lines: readonly string[]): Promise<void> {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), lines.join('\n'));
  }

  function linesFound(file: string, ...rules: readonly string[]): readonly number[] {
    const lines = findings
      .filter((found) => found.file === file && rules.includes(found.rule))
      .map(({ line }) => line);
    return [...new Set(lines)].sort((a, b) => a - b);
  }

  it('are those of the table', async () => {
    const written = await readFile(join(root, arrowsFile), 'utf8');
    expect(written, 'npm run lint:arrows writes them').toBe(renderArrows());
  });

  it('are told of every package', async () => {
    expect(Object.keys(packages).sort()).toEqual((await readdir(join(root, 'packages'))).sort());
  });

  it('never lead from core to anything, nor from a package to the container or to another adapter', () => {
    expect(packages['core']!.source).toEqual([]);
    const doors: readonly string[] = Object.values(coreDoors);
    for (const [name, { source }] of Object.entries(packages)) {
      if (name !== 'composition')
        expect(source.filter((each) => onlyInComposition.includes(each))).toEqual([]);
      if (['cli', 'gamekeeper', 'nestjs', 'fastify'].includes(name)) continue;
      const other = source.filter((each) => each.startsWith('@gamekeeper/') && !doors.includes(each));
      // Every scheduler reads schedules by the same parser, so that their ticks are the same.
      const reader = /^scheduler-(?!croner)/.test(name) ? ['@gamekeeper/scheduler-croner'] : [];
      expect({ name, other }).toEqual({ name, other: reader });
    }
  });

  it('point one way: nothing in the repository is imported against them', async () => {
    const { files, findings } = await lint(root);
    expect(files).toBeGreaterThan(30);
    expect(findings.filter(({ rule }) => rule.startsWith('no-restricted-'))).toEqual([]);
  });

  it.each(Object.entries(arrows))('let %s import what it may and nothing else', (file, allowed) => {
    const refused = linesFound(file, 'no-restricted-imports').map((line) => everything[line - 1]);
    expect(refused).toEqual(everything.filter((name) => !allowed.includes(name)));
  });

  it.each(engineFiles)('let %s know nothing of the game', (file) => {
    const refused = linesFound(file, 'no-restricted-imports').map((line) => withinCore.refused[line - 1]);
    expect(refused).toEqual(withinCore.refused);
  });

  it('hold for every way to import', () => {
    const lines = linesFound('packages/core/src/ways.ts', 'no-restricted-imports', 'consistent-type-imports');
    expect(lines.map((line) => waysToImport[line - 1])).toEqual(waysToImport);
  });

  it('let core have no clock, no chance and no console, but its tests', () => {
    const rules = ['no-restricted-globals', 'no-restricted-properties', 'no-console'];
    const lines = linesFound('packages/core/src/platform.ts', ...rules);
    expect(lines.map((line) => waysToAskThePlatform[line - 1])).toEqual(waysToAskThePlatform);
    expect(linesFound('packages/core/src/platform.test.ts', ...rules)).toEqual([]);
  });
});

describe('core', () => {
  // The linter cannot tell `new Date()`, which is now, from `new Date(instant)`.
  const readsTheWallClock = /\bnew Date(?:\(\s*\)|(?!\s*\())|(?<!new\s+)\bDate\(/;

  it.each(['new Date()', 'new Date( )', 'at(new Date)', 'String(Date())'])('is caught at %s', (code) => {
    expect(code).toMatch(readsTheWallClock);
  });

  it.each(['new Date(at)', 'value instanceof Date', 'Date.parse(value)', 'toDate()'])(
    'may say %s',
    (code) => {
      expect(code).not.toMatch(readsTheWallClock);
    },
  );

  it('never reads the wall clock', async () => {
    const guilty: string[] = [];
    for await (const file of glob('packages/core/src/**/*.ts', { cwd: root })) {
      if (file.endsWith('.test.ts')) continue;
      if (readsTheWallClock.test(await readFile(join(root, file), 'utf8'))) guilty.push(file);
    }
    expect(guilty).toEqual([]);
  });
});
