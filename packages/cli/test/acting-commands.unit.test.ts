import { HOUR_MS, MINUTE_MS, addMs } from '@gamekeeper/core';
import { describe, expect, it } from 'vitest';
import { cli, json } from './cli.ts';
import { Game, start } from './game.ts';

const noon = addMs(start, 30 * MINUTE_MS);

/** A game at an instant after its start, whose backend has run nothing. */
async function game(ms: number): Promise<Game> {
  const one = new Game();
  await (await one.backend()).stop();
  one.clock.jumpTo(addMs(start, ms));
  return one;
}

describe('run', () => {
  it('runs the newest tick, and says so when there is nothing to do', async () => {
    const one = await game(35 * MINUTE_MS);
    const typed = { config: one.config() };
    expect(await cli('run greeting', typed)).toEqual({
      code: 0,
      out: 'greeting at 2026-11-24 12:00Z: succeeded, 3 items processed in 0 ms\n',
      err: '',
    });
    expect(await cli('run greeting', typed)).toMatchObject({
      code: 0,
      out: 'greeting at 2026-11-24 12:00Z: had succeeded before, nothing to do\n',
    });
    expect(await json('run greeting', typed)).toEqual({
      job: 'greeting',
      tick: '2026-11-24T12:00:00.000Z',
      outcome: 'done',
      status: 'succeeded',
    });
    expect(one.greeted).toEqual(['ada', 'bob', 'cy']);
  });

  it('uses the stored schedule, and does not change stored schedules and rules', async () => {
    const one = await game(35 * MINUTE_MS);
    const { ticks, rules } = (await one.record()) as Record<string, unknown>;
    const config = one.config({
      rules: { lives: { maxLives: 9 } },
      jobOverrides: { greeting: { schedule: { cron: '*/5 * * * *' } } },
    });
    expect(await json('run greeting', { config })).toMatchObject({
      tick: '2026-11-24T12:00:00.000Z',
      end: 'succeeded',
    });
    expect(await one.record()).toMatchObject({ ticks, rules });
  });

  it('exits with 1 and the error when the run fails', async () => {
    const one = await game(35 * MINUTE_MS);
    one.onBatch = () => {
      throw new Error('no greetings today');
    };
    const { code, out } = await cli('run greeting', {
      config: one.config({ jobOverrides: { greeting: { maxFailureRate: 0 } } }),
    });
    expect(code).toBe(1);
    expect(out).toMatch(/^greeting at 2026-11-24 12:00Z: failed, .*no greetings today/);
  });

  it('asks for confirmation if a tick is given', async () => {
    const one = await game(35 * MINUTE_MS);
    const line = 'run greeting --tick 2026-11-24T12:00:00Z';
    const config = one.config();
    const unanswered = await cli(line, { config });
    expect(unanswered.code).toBe(5);
    expect(unanswered.err).toBe(
      'error: greeting will run for the tick 2026-11-24 12:00Z. This cannot be undone. There is no terminal to confirm it; add --yes.\n',
    );
    expect(await cli(line, { config, answer: 'n' })).toMatchObject({ code: 5, out: '' });
    expect(await cli(line, { config, answer: '' })).toMatchObject({ code: 5, out: '' });
    expect(one.greeted).toEqual([]);
    expect(await cli(line, { config, answer: 'y' })).toMatchObject({ code: 0 });
    expect(one.greeted).toEqual(['ada', 'bob', 'cy']);
    expect(await cli(`${line} --yes`, { config })).toMatchObject({ code: 0 });
  });

  it.each([
    ['run lif', 'UNKNOWN_JOB'],
    ['runs lif', 'UNKNOWN_JOB'],
    ['run greeting --tick 2026-11-24T12:00:01Z --yes', 'NOT_A_TICK'],
    ['run greeting --tick 2027-01-01T00:00:00Z --yes', 'FUTURE_TICK'],
    ['retry job-health --tick 2026-11-24T12:00:00Z', 'JOB_WITHOUT_ITEMS'],
    ['retry greeting', 'USAGE'],
    ['dry-run leaderboard-recalculation', 'UNKNOWN_JOB'],
    ['recalculate daily', 'UNKNOWN_BOARD'],
    ['pause greeting lif', 'UNKNOWN_JOB'],
    ['backfill greeting --from 2026-11-24T12:00:01Z --to 2026-11-24T12:10:00Z', 'USAGE'],
  ])('%s is refused with 2 and %s, also as JSON', async (line, code) => {
    const one = await game(35 * MINUTE_MS);
    const refused = await cli(`${line} --json`, { config: one.config() });
    expect(refused.code).toBe(2);
    expect(JSON.parse(refused.out)).toEqual({ error: { code, message: expect.any(String) as string } });
    expect((await one.store.jobRegistry.records()).every(({ pausedAt }) => pausedAt === null)).toBe(true);
  });

  it('needs --register for a job that is not registered', async () => {
    const one = new Game();
    one.clock.jumpTo(addMs(start, 35 * MINUTE_MS));
    const config = one.config();
    const refused = await cli('run greeting', { config });
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('is not registered in this store');
    expect(await one.store.jobRegistry.ticks()).toEqual([]);
    expect(await cli('run greeting --register', { config })).toMatchObject({ code: 0 });
  });
});

describe('dry-run', () => {
  it('shows what would change, and changes nothing', async () => {
    const one = await game(35 * MINUTE_MS);
    const config = one.config();
    expect((await cli('dry-run greeting', { config })).out).toBe(
      'greeting at 2026-11-24 12:00Z would change 3 items and write 0 events\n',
    );
    expect(await json('dry-run session-cleanup --tick 2026-11-24T18:00:00Z', { config })).toEqual({
      job: 'session-cleanup',
      tick: '2026-11-24T18:00:00.000Z',
      processed: 0,
      complete: true,
      events: [],
    });
    expect(one.greeted).toEqual([]);
  });
});

describe('backfill', () => {
  const line = 'backfill greeting --from 2026-11-24T12:00:00Z --to 2026-11-24T14:00:00Z';

  it('runs what has not succeeded, when it is confirmed', async () => {
    const one = await game(3 * HOUR_MS);
    const config = one.config();
    const unanswered = await cli(line, { config });
    expect(unanswered.code).toBe(5);
    expect(unanswered.err).toContain(
      'greeting will run for those of 3 ticks from 2026-11-24 12:00Z to 2026-11-24 14:00Z that have not succeeded.',
    );
    expect((await cli(`${line} -y`, { config })).out).toMatchInlineSnapshot(`
      "TICK               OUTCOME
      2026-11-24 12:00Z  succeeded, 3 items processed in 0 ms
      2026-11-24 13:00Z  succeeded, 0 items processed in 0 ms
      2026-11-24 14:00Z  succeeded, 0 items processed in 0 ms
      "
    `);
    expect(await json(`${line} -y`, { config })).toMatchObject({
      job: 'greeting',
      complete: true,
      ticks: [{ outcome: 'done' }, { outcome: 'done' }, { outcome: 'done' }],
    });
  });

  it('shows progress at a terminal', async () => {
    const one = await game(3 * HOUR_MS);
    const { err } = await cli(line, { config: one.config(), answer: 'yes' });
    expect(err).toContain('runs done, at ');
  });

  it('exits with 1 if it had to stop', async () => {
    const one = await game(3 * HOUR_MS);
    await cli('pause greeting', { config: one.config() });
    const { code, out } = await cli(`${line} -y`, { config: one.config() });
    expect(code).toBe(1);
    expect(out).toMatch(/12:00Z +the job is paused\n\nstopped there; 2 ticks not run\n$/);
  });

  it('releases the current run when it is stopped, and another instance continues it', async () => {
    const one = await game(3 * HOUR_MS);
    one.batches = 2;
    const stopping = new AbortController();
    one.onBatch = () => stopping.abort();
    const { code, err } = await cli(`${line} -y`, { config: one.config(), signal: stopping.signal });
    expect(code).toBe(130);
    expect(err).toContain('');
    const [run] = await one.store.ledger.runs('greeting', { limit: 1 });
    expect(run).toMatchObject({ tick: noon, status: 'running', processed: 3 });
    one.onBatch = () => undefined;
    expect(await cli(`${line} -y`, { config: one.config() })).toMatchObject({ code: 0 });
    expect(one.greeted).toEqual(['ada', 'bob', 'cy']);
  });
});

describe('pause and resume', () => {
  it('apply to all instances, and print JSON', async () => {
    const one = await game(35 * MINUTE_MS);
    const config = one.config();
    expect(await cli('pause greeting session-cleanup', { config })).toMatchObject({
      code: 0,
      out: 'paused: greeting, session-cleanup\n',
    });
    expect(await cli('run greeting', { config })).toMatchObject({ code: 1 });
    expect((await cli('jobs', { config })).out).toMatch(/^greeting .* paused$/m);
    expect(await json('resume greeting session-cleanup', { config })).toEqual({
      resumed: ['greeting', 'session-cleanup'],
    });
    expect(await cli('run greeting', { config })).toMatchObject({ code: 0 });
  });
});

describe('retry', () => {
  it('is suggested after a run with failed items', async () => {
    const one = await game(35 * MINUTE_MS);
    one.shy.add('bob');
    const { out } = await cli('run greeting', { config: one.config() });
    expect(out).toContain(
      '\nretry the failed items: npx gamekeeper retry greeting --tick 2026-11-24T12:00:00.000Z\n',
    );
  });

  it('retries the failed items of one run or of all, oldest first', async () => {
    const one = await game(35 * MINUTE_MS);
    const config = one.config();
    for (const name of ['bob', 'cy']) one.shy.add(name);
    await cli('run greeting', { config });
    one.shy.delete('bob');
    const again = await cli('retry greeting --tick 2026-11-24T12:00:00Z', { config });
    expect(again.code).toBe(1);
    expect(again.out).toMatchInlineSnapshot(`
      "greeting at 2026-11-24 12:00Z: 1 item succeeded, 1 failed again

      JOB       TICK               ITEM  FAILED AT          ERROR
      greeting  2026-11-24 12:00Z  cy    2026-11-24 12:05Z  cy is shy
      "
    `);
    one.shy.clear();
    expect(await json('retry greeting --all', { config })).toEqual({
      job: 'greeting',
      retried: [
        { job: 'greeting', tick: '2026-11-24T12:00:00.000Z', outcome: 'retried', succeeded: 1, failed: [] },
      ],
    });
    expect(await cli('retry greeting --all', { config })).toMatchObject({
      code: 0,
      out: 'greeting has no failed items\n',
    });
  });
});

describe('recalculate', () => {
  it('reports what was wrong with each board', async () => {
    const one = await game(35 * MINUTE_MS);
    const config = one.config();
    expect((await cli('recalculate', { config })).out).toMatchInlineSnapshot(`
      "BOARD    MISSING  EXTRA  WRONG SCORE  MISPLACED  RENAMED
      global         0      0            0          0        0
      weekly         0      0            0          0        0
      monthly        0      0            0          0        0
      "
    `);
    const none = { missing: 0, extra: 0, wrongScore: 0, misplaced: 0, renamed: 0 };
    expect(await json('recalculate weekly --full', { config })).toEqual({
      full: true,
      boards: [{ board: 'weekly', ...none }],
    });
  });
});

describe('migrate', () => {
  it('reports an up-to-date schema for a store without migrations', async () => {
    expect(await cli('migrate', { config: new Game().config() })).toEqual({
      code: 0,
      out: 'the schema is up to date\n',
      err: '',
    });
  });
});
