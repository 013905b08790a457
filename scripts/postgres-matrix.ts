import { execFile } from 'node:child_process';
import { glob, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { packagedPostgres, packagedVersions } from '../test/servers/packaged-postgres.ts';
import { startCrashable } from '../test/servers/postgres.ts';

// Runs what Gamekeeper does on a PostgreSQL server on every major version of it, one after the other.

const usage = `Usage:
  npm run test:postgres-matrix             on ${packagedVersions.join(', ')}
  npm run test:postgres-matrix -- 14 18    on these only
`;

const root = fileURLToPath(new URL('..', import.meta.url));

/** Some suites run on the embedded database as well, which is the same beside every version. */
const notEmbedded = ['-t', '^(?!.*embedded)'];

/** The smoke test of all packages together. */
const replay = ['examples/standalone/test/replay.int.test.ts', '-t', 'PostgreSQL server'];

interface Outcome {
  readonly version: string;
  readonly passed: number;
  readonly failed: number;
  readonly seconds: number;
}

process.exitCode = await main();

async function main(): Promise<number> {
  const versions = chosen();
  if (versions === null) {
    console.error(usage);
    return 2;
  }
  const suites = await serverSuites();
  const outcomes: Outcome[] = [];
  for (const major of versions) outcomes.push(await tried(major, suites));
  console.log(table(outcomes));
  return outcomes.every(({ passed, failed }) => passed > 0 && failed === 0) ? 0 : 1;
}

/** `null` when the command line makes no sense. */
function chosen(): readonly number[] | null {
  const { positionals } = parseArgs({ allowPositionals: true });
  if (positionals.length === 0) return packagedVersions;
  const majors = positionals.map(Number);
  return majors.every((major) => packagedVersions.includes(major)) ? majors : null;
}

/** The suites of the adapters that use a server: the others bring an embedded database along. */
async function serverSuites(): Promise<readonly string[]> {
  const suites: string[] = [];
  for await (const file of glob('packages/adapters-postgres/{src,test}/**/*.test.ts', { cwd: root })) {
    if ((await readFile(join(root, file), 'utf8')).includes('describeWithPostgres(')) suites.push(file);
  }
  return suites;
}

async function tried(major: number, suites: readonly string[]): Promise<Outcome> {
  console.log(`PostgreSQL ${major}: ${suites.length + 1} suites …`);
  const began = performance.now();
  const { bin, remove } = await packagedPostgres(major);
  try {
    const server = await startCrashable(['synchronous_commit=off', 'full_page_writes=off'], bin);
    if (!server) throw new Error(`PostgreSQL ${major} did not start`);
    try {
      const counts = [await tests(server.url, [...suites, ...notEmbedded]), await tests(server.url, replay)];
      const sum = (of: 'passed' | 'failed'): number => counts.reduce((all, count) => all + count[of], 0);
      const seconds = Math.round((performance.now() - began) / 1000);
      const version = await versionOf(join(bin, 'postgres'));
      return { version, passed: sum('passed'), failed: sum('failed'), seconds };
    } finally {
      await server.stop();
    }
  } finally {
    await remove();
  }
}

/** Runs tests on a server; of those that fail, shows what they say. */
async function tests(url: string, args: readonly string[]): Promise<{ passed: number; failed: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'postgres-matrix-'));
  try {
    const report = join(folder, 'report.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const { code, output } = await executed([vitest, 'run', ...reporters, ...args], url);
    if (code !== 0) console.error(output);
    const counts = JSON.parse(await readFile(report, 'utf8').catch(() => '{}')) as Record<string, number>;
    const { numPassedTests: passed = 0, numFailedTests: failed = 0 } = counts;
    // A run that broke before its tests has no test that failed.
    return { passed, failed: code === 0 ? failed : Math.max(1, failed) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function versionOf(postgres: string): Promise<string> {
  const { output } = await executed(['--version'], undefined, postgres);
  return /[\d.]+/.exec(output)?.[0] ?? 'unknown';
}

function executed(
  args: readonly string[],
  databaseUrl?: string,
  file = process.execPath,
): Promise<{ readonly code: number; readonly output: string }> {
  const env = {
    ...process.env,
    NO_COLOR: '1',
    ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
  };
  return new Promise((resolve) => {
    execFile(file, args, { cwd: root, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) =>
      resolve({ code: error ? 1 : 0, output: `${stdout}${stderr}` }),
    );
  });
}

function table(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ version, passed, failed, seconds }) => [
    `PostgreSQL ${version}`,
    `${passed} passed`,
    `${failed} failed`,
    `${seconds} s`,
  ]);
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('   ')
        .trimEnd(),
    )
    .join('\n');
}
