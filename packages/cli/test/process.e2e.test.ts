import { PostgresDatabase, PostgresRunLedger } from '@gamekeeper/adapters-postgres';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { cli } from './cli.ts';
import { gamekeeper } from './programs.ts';

describe('gamekeeper as a process', { timeout: 120_000 }, () => {
  let cwd: string;

  // Below the repository, where the packages are found.
  beforeAll(async () => {
    cwd = await mkdtemp(join(import.meta.dirname, 'tmp-'));
    await writeFile(join(cwd, 'package.json'), '{ "type": "module" }');
  });
  afterAll(() => rm(cwd, { recursive: true, force: true }));

  it('leads from init to a host that runs and stops', async () => {
    const env = { DATABASE_URL: '' };
    expect(await gamekeeper(['init'], { cwd, env })).toMatchObject({ code: 0, err: '' });
    const live = await gamekeeper(['start', '--http', '0'], {
      cwd,
      env,
      stopAt: /retention next at/,
      signal: 'SIGTERM',
    });
    expect(live.code).toBe(0);
    expect(live.out).toMatch(/Health is at http:\/\/127\.0\.0\.1:\d+\/healthz/);
  });

  it('prints completion scripts that bash can load', async () => {
    const { code, out } = await gamekeeper(['completion', 'bash'], { cwd });
    expect(code).toBe(0);
    execFileSync('bash', ['-n'], { input: out });
    const { out: words } = await gamekeeper(['complete', '--', 'pause', 'le'], { cwd });
    expect(words).toMatch(/^leaderboard-reset-weekly\t/m);
    const { out: options } = await gamekeeper(['complete', '--', 'runs', '--'], { cwd });
    for (const option of ['--from', '--status', '--json'])
      expect(options).toMatch(new RegExp(`^${option}\t`, 'm'));
  });
});

describeWithPostgres('gamekeeper on a server', (url) => {
  const schema = `gamekeeper_cli_${process.pid}`;
  const config = join(import.meta.dirname, 'configs/slow.config.ts');
  const env = { GAME_URL: url, GAME_SCHEMA: schema };
  const typed = { cwd: import.meta.dirname, env };
  let database: PostgresDatabase;

  beforeAll(async () => {
    database = new PostgresDatabase({ url, schema });
    await database.open();
  });
  afterAll(async () => {
    await database.dropSchema();
    await database.close();
  });

  it('releases a run on SIGINT and exits with 130; the next one continues at its checkpoint', async () => {
    const line = ['run', 'slow', '--register', '-c', config];
    const slow = { ...env, GAME_PAUSE_MS: '500' };
    const stopped = await gamekeeper(line, { ...typed, env: slow, stopAt: /in the middle/ });
    expect(stopped.code).toBe(130);
    expect(stopped.err).toContain('SIGINT: waiting for the current batches.');
    const ledger = new PostgresRunLedger(database);
    const [run] = await ledger.runs('slow', { limit: 1 });
    expect(run).toMatchObject({ status: 'running', processed: 2 });
    const again = await cli([...line, '--json'], typed);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.out)).toMatchObject({
      outcome: 'ran',
      end: 'succeeded',
      processed: 3,
      batches: 1,
      attempt: 2,
    });
  });

  it('applies pending migrations once, and does not change the schema otherwise', async () => {
    const other = { ...typed, env: { ...env, GAME_SCHEMA: `${schema}_other` } };
    const line = (command: string): string => `${command} -c ${config}`;
    const early = await cli(line('status --json'), other);
    expect(early.code).toBe(3);
    expect(JSON.parse(early.out)).toMatchObject({ error: { code: 'SCHEMA_OUTDATED' } });
    const checked = await cli(line('check'), other);
    expect(checked.code).toBe(3);
    expect(checked.out).toContain('to fix it:\n  npx gamekeeper migrate\n');
    expect(await cli(line('migrate --check'), other)).toMatchObject({ code: 3 });
    expect((await cli(line('migrate'), other)).out).toMatch(/^ran 0001-foundation/);
    expect(await cli(line('migrate'), other)).toMatchObject({ code: 0, out: 'the schema is up to date\n' });
    // Migrating registers nothing.
    expect(JSON.parse((await cli(line('status --json'), other)).out)).toMatchObject({ jobs: [] });
    const made = new PostgresDatabase({ url, schema: `${schema}_other` });
    await made.open();
    await made.dropSchema();
    await made.close();
  });

  it('exits with 3 if the server is unavailable', async () => {
    const away = { ...typed, env: { ...env, GAME_URL: 'postgres://ada:hunter2@127.0.0.1:1/none' } };
    const { code, out, err } = await cli(['status', '--json', '-c', config], away);
    expect(code).toBe(3);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'STORE_UNAVAILABLE' } });
    expect(out + err).not.toContain('hunter2');
    const checked = await cli(['check', '-c', config], away);
    expect(checked.code).toBe(3);
    expect(checked.out).toMatch(/^error +connection +/m);
  });
});

describe('the template of init', () => {
  it('imports from the separate packages if they are installed', async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'gamekeeper-init-'));
    const installed = join(cwd, 'node_modules/@gamekeeper/cli');
    await mkdir(installed, { recursive: true });
    await writeFile(join(installed, 'package.json'), '{}');
    const { out } = await cli('init', { cwd });
    const config = await readFile(join(cwd, 'gamekeeper.config.mts'), 'utf8');
    await rm(cwd, { recursive: true });
    expect(config).toContain(`from '@gamekeeper/scheduler-croner'`);
    expect(config).not.toContain(`from 'gamekeeper'`);
    expect(out).toMatch(/npm install @gamekeeper\/core .* @mikro-orm\/postgresql$/m);
  });
});
