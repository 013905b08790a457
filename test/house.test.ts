import { cp, glob, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lint, type Finding } from './oxlint.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const core = '@gamekeeper/core';
const testkit = '@gamekeeper/testkit';
const croner = '@gamekeeper/scheduler-croner';
const adapters = [
  '@gamekeeper/adapters-postgres',
  '@gamekeeper/adapters-redis',
  '@gamekeeper/alerts',
  '@gamekeeper/composition',
  '@gamekeeper/telemetry',
  '@gamekeeper/cli',
];
const mikroOrm = ['@mikro-orm/core', 'kysely', 'kysely/helpers/postgres', '@electric-sql/pglite'];
const commandLine = ['commander', 'cli-table3', 'string-width', '@bomb.sh/tab', '@bomb.sh/tab/commander'];
const container = ['inversify', 'reflect-metadata'];
const openTelemetry = '@opentelemetry/api';
const openTelemetrySdk = ['@opentelemetry/sdk-trace', '@opentelemetry/sdk-metrics'];
const node = ['node:fs', 'node:fs/promises'];
const neighbour = './neighbour.ts';
const serverSuites = '../../../test/server-suites.ts';
const sideDoors = [
  '@gamekeeper/core/dist/index.js',
  '@gamekeeper/core/src/index.ts',
  '../../core/src/index.ts',
  '../../testkit/dist/index.js',
  '../../../examples/standalone/src/main.ts',
];

/** One of everything that a file of ours could think of importing. */
const everything = [
  neighbour,
  serverSuites,
  core,
  testkit,
  croner,
  ...adapters,
  ...sideDoors,
  ...mikroOrm,
  ...container,
  openTelemetry,
  ...openTelemetrySdk,
  ...node,
  'ioredis',
  'nodemailer',
  'smtp-server',
  '@sentry/node',
  'croner',
  ...commandLine,
  'parse-prometheus-text-format',
  'fast-check',
  'vitest',
  '@gamekeeper/example-standalone',
  'gamekeeper',
  'fs',
  'luxon',
];
const everythingBut = (...forbidden: readonly string[]): readonly string[] =>
  everything.filter((name) => !forbidden.includes(name));

const source = [neighbour, core, ...node];
const tests = [neighbour, serverSuites, testkit, croner, 'vitest', 'fast-check', ...node];

/** What may be imported from where; every other member of {@link everything} must be refused there. */
const arrows: Record<string, readonly string[]> = {
  'packages/core/src/planted.ts': [neighbour],
  'packages/core/src/planted.test.ts': tests,
  'packages/testkit/src/planted.ts': [...source, 'fast-check'],
  'packages/testkit/src/planted.test.ts': [...tests.filter((name) => name !== testkit), core],
  'packages/adapters-postgres/src/planted.ts': [...source, ...mikroOrm],
  'packages/adapters-postgres/src/planted.test.ts': [...tests, core, ...mikroOrm],
  'packages/adapters-redis/src/planted.ts': [...source, 'ioredis'],
  'packages/adapters-redis/test/planted.ts': [...tests, core, 'ioredis'],
  'packages/alerts/src/planted.ts': [...source, 'nodemailer'],
  'packages/alerts/src/planted.test.ts': [...tests, core, 'nodemailer', 'smtp-server', '@sentry/node'],
  'packages/scheduler-croner/src/planted.ts': [...source, 'croner'],
  'packages/scheduler-croner/src/planted.test.ts': [
    ...tests.filter((name) => name !== croner),
    core,
    'croner',
  ],
  'packages/composition/src/planted.ts': [...source, ...container],
  'packages/composition/src/planted.test.ts': [...tests, core, ...container, 'parse-prometheus-text-format'],
  'packages/telemetry/src/planted.ts': [...source, openTelemetry],
  'packages/telemetry/test/planted.ts': [...tests, core, openTelemetry, ...openTelemetrySdk],
  'packages/cli/src/planted.ts': [
    ...source,
    ...commandLine,
    testkit,
    croner,
    '@gamekeeper/adapters-postgres',
    '@gamekeeper/composition',
  ],
  'packages/cli/test/planted.ts': [
    ...tests,
    core,
    ...commandLine,
    ...adapters.filter((name) => name !== '@gamekeeper/telemetry'),
  ],
  'packages/gamekeeper/src/planted.ts': [
    neighbour,
    core,
    croner,
    '@gamekeeper/adapters-postgres',
    '@gamekeeper/composition',
    '@gamekeeper/cli',
  ],
  'examples/planted/src/main.ts': everythingBut(...sideDoors, ...container),
  'test/planted.test.ts': everythingBut(...sideDoors, ...container),
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
    await cp(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
    for (const file of Object.keys(arrows))
      await plant(
        file,
        everything.map((name) => `import '${name}';`),
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

  it('point one way: nothing in the repository is imported against them', async () => {
    const { files, findings } = await lint(root);
    expect(files).toBeGreaterThan(30);
    expect(findings.filter(({ rule }) => rule.startsWith('no-restricted-'))).toEqual([]);
  });

  it.each(Object.entries(arrows))('let %s import what it may and nothing else', (file, allowed) => {
    const refused = linesFound(file, 'no-restricted-imports').map((line) => everything[line - 1]);
    expect(refused).toEqual(everythingBut(...allowed));
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
