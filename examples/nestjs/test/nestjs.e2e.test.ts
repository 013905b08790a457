import { PostgresDatabase } from '@gamekeeper/adapters-postgres';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const example = fileURLToPath(new URL('..', import.meta.url));
const SOON = { timeout: 30_000, interval: 100 };

describeWithPostgres('the example of a NestJS backend, compiled to CommonJS', (databaseUrl) => {
  const schema = `gamekeeper_nestjs_test_${process.pid}`;
  const appSchema = `${schema}_app`;
  const pool = new Pool({ connectionString: databaseUrl });
  let app: ChildProcess;
  let output = '';
  let url: string;

  beforeAll(async () => {
    await promisify(execFile)(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-b', example]);
    await pool.query(`create schema ${appSchema}`);
    app = spawn(process.execPath, ['--conditions=@gamekeeper/source', 'dist/main.js'], {
      cwd: example,
      env: {
        ...process.env,
        DATABASE_URL: databaseUrl,
        GAMEKEEPER_SCHEMA: schema,
        APP_SCHEMA: appSchema,
        PORT: '0',
        NO_COLOR: '1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [app.stdout, app.stderr])
      stream?.on('data', (text: Buffer) => (output += text.toString()));
    await vi.waitFor(assertListening, { ...SOON, timeout: 60_000 });
    url = `http://127.0.0.1:${/listening at .*:(\d+)/.exec(output)?.[1]}`;
  }, 180_000);
  afterAll(async () => {
    if (app.exitCode === null && app.signalCode === null) app.kill('SIGKILL');
    await pool.query(`drop schema ${appSchema} cascade`);
    await pool.end();
    const database = new PostgresDatabase({ url: databaseUrl, schema });
    await database.open();
    await database.dropSchema();
    await database.close();
  });

  function assertListening(): void {
    if (!output.includes('listening at')) throw new Error(output);
  }

  async function post(path: string, body: object): Promise<readonly [number, unknown]> {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return [response.status, await response.json()];
  }

  it('completes a quiz in the transaction of TypeORM, and shows it on the board', async () => {
    const [status, quiz] = await post('/quizzes', { player: 'ada', name: 'Ada' });
    expect(status).toBe(201);
    const { id } = quiz as { readonly id: string };
    // The column is not null: TypeORM's insert fails after the quiz was completed, so neither happens.
    expect(await post(`/quizzes/${id}/completion`, { xp: 120 })).toMatchObject([500, {}]);
    expect(await post(`/quizzes/${id}/completion`, { answers: ['a', 'c'], xp: 120 })).toEqual([
      201,
      { streak: 1 },
    ]);
    expect(await post(`/quizzes/${id}/completion`, { answers: ['b'], xp: 120 })).toMatchObject([
      409,
      { reason: 'already-completed' },
    ]);
    const { rows } = await pool.query(`select quiz, answers from ${appSchema}.answers`);
    expect(rows).toEqual([{ quiz: id, answers: ['a', 'c'] }]);
    const board = await fetch(`${url}/boards/weekly`);
    expect(await board.json()).toMatchObject({ standings: [{ username: 'Ada', score: 120 }] });
  });

  it('responds with problem details to errors of Gamekeeper', async () => {
    const response = await fetch(`${url}/boards/daily`);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect([response.status, await response.json()]).toMatchObject([404, { code: 'UNKNOWN_BOARD' }]);
    expect(await post('/quizzes', { player: '', name: 'Nobody' })).toMatchObject([
      400,
      { code: 'INVALID_OPTION' },
    ]);
  });

  it('runs the decorated job, and logs through Nest', async () => {
    await vi.waitFor(() => expect(output).toMatch(/\[QuizJobs\] 1 answers at/), SOON);
    await vi.waitFor(() => expect(output).toMatch(/\[Gamekeeper\] run succeeded job=answer-count/), SOON);
  });

  it('has its health where Terminus puts it', async () => {
    const response = await fetch(`${url}/health`);
    const { details } = (await response.json()) as { readonly details: object };
    expect(details).toMatchObject({
      gamekeeper: { status: expect.stringMatching(/^(up|down)$/) as unknown },
    });
  });

  it('stops at SIGTERM without an error, while its database is still there', async () => {
    const before = output.length;
    app.kill('SIGTERM');
    const [code, signal] = (await once(app, 'exit')) as unknown as readonly [number | null, string | null];
    expect([code, signal]).toEqual([null, 'SIGTERM']);
    expect(output.slice(before)).not.toMatch(/error|warn/i);
    expect(await runningRuns()).toBe(0);
  });

  async function runningRuns(): Promise<number> {
    const { rows } = await pool.query<{ count: string }>(
      `select count(*) from ${schema}.job_runs where status = 'running' and lease_until > now()`,
    );
    return Number(rows[0]?.count);
  }
});
