import { HOUR_MS, MINUTE_MS, addMs, sessionId, userId } from '@gamekeeper/core';
import { describe, expect, it } from 'vitest';
import { cli, json } from './cli.ts';
import { Game, start } from './game.ts';

/** A game a while after its start: greetings at noon with a failed item, at one well. */
async function played(): Promise<Game> {
  const game = new Game();
  const host = await game.backend();
  game.shy.add('bob');
  game.clock.jumpTo(addMs(start, 30 * MINUTE_MS));
  await host.runNow('greeting');
  game.shy.clear();
  game.clock.jumpTo(addMs(start, 95 * MINUTE_MS));
  await host.runNow('greeting');
  await host.gameplay.startQuiz({ userId: userId('ada'), sessionId: sessionId('q1'), username: 'Ada' });
  game.clock.jumpTo(addMs(start, 4 * HOUR_MS + 45 * MINUTE_MS));
  await host.runNow('session-cleanup');
  await host.stop();
  return game;
}

describe('commands that only read', () => {
  it.each(['check', 'status', 'jobs', 'runs', 'failed', 'events', 'dry-run greeting', 'migrate --check'])(
    '%s records nothing, whatever the configuration has become',
    async (line) => {
      const game = await played();
      const before = await game.record();
      const config = game.config({
        rules: { lives: { maxLives: 9 } },
        jobOverrides: { 'life-regeneration': { schedule: { cron: '*/5 * * * *' } } },
      });
      const { code, err } = await cli(line, { config });
      expect([0, 1]).toContain(code);
      expect(err).toBe('');
      expect(await game.record()).toEqual(before);
    },
  );
});

describe('status', () => {
  it('is a table, and exits with 1 if something is unhealthy', async () => {
    const { code, out } = await cli('status', { config: (await played()).config() });
    expect(code).toBe(1);
    expect(out).toMatchInlineSnapshot(`
      "unhealthy, evaluated at 2026-11-24 16:15Z

      JOB                VERDICT    LAST SUCCESS          LAG  TOOK  FAILED ITEMS  NEXT TICK
      life-regeneration  never-ran  -                     4 h     -             0  2026-11-24 16:30Z
      streak-update      healthy    -                     4 h     -             0  2026-11-25 00:00Z
      session-cleanup    healthy    2026-11-24 16:00Z  15 min  0 ms             0  2026-11-24 17:00Z
      job-health         never-ran  -                     4 h     -             0  2026-11-24 16:20Z
      greeting           late       2026-11-24 13:00Z     3 h  0 ms             0  2026-11-24 17:00Z

      CHECK  VERDICT  FOUND
      clock  healthy  -
      "
    `);
  });

  it('prints the same JSON as /jobs', async () => {
    const status = await json('status', { config: (await played()).config() });
    expect(status).toMatchObject({
      healthy: false,
      judgedAt: '2026-11-24T16:15:00.000Z',
      jobs: [
        { job: 'life-regeneration', verdict: 'never-ran' },
        { job: 'streak-update', verdict: 'healthy', nextTick: '2026-11-25T00:00:00.000Z' },
        { job: 'session-cleanup', verdict: 'healthy', lastSuccessTick: '2026-11-24T16:00:00.000Z' },
        { job: 'job-health' },
        { job: 'greeting' },
      ],
      checks: [{ check: 'clock', verdict: 'healthy' }],
    });
  });

  it('lists jobs that are not registered', async () => {
    const { code, out } = await cli('status', { config: new Game().config() });
    expect(code).toBe(1);
    expect(out).toContain(
      'not registered in this store yet: life-regeneration, streak-update, session-cleanup, job-health, greeting\n',
    );
  });
});

describe('jobs', () => {
  it('lists the stored schedules, and the jobs that only the configuration has', async () => {
    const game = await played();
    const settings = { 'session-cleanup': { schedule: { cron: '*/5 * * * *', timeZone: 'Europe/Berlin' } } };
    expect((await cli('jobs', { config: game.config({ jobOverrides: settings }) })).out)
      .toMatchInlineSnapshot(`
      "JOB                SCHEDULE      TIME ZONE  MISSED TICKS  DELAY  NEXT TICK
      life-regeneration  */30 * * * *  UTC        every             -  2026-11-24 16:30Z
      streak-update      0 0 * * *     UTC        every             -  2026-11-25 00:00Z
      session-cleanup    0 * * * *     UTC        every             -  2026-11-24 17:00Z
      job-health         */5 * * * *   UTC        none              -  2026-11-24 16:20Z
      greeting           0 * * * *     UTC        every             -  2026-11-24 17:00Z
      "
    `);
    expect(await json('jobs', { config: game.config() })).toMatchObject({
      jobs: [
        {
          job: 'life-regeneration',
          cron: '*/30 * * * *',
          timeZone: 'UTC',
          missedTicks: 'every',
          delayMs: 0,
          registered: true,
          paused: false,
          nextTick: '2026-11-24T16:30:00.000Z',
        },
        {},
        {},
        {},
        {},
      ],
    });
  });
});

describe('runs', () => {
  it('are listed newest first, of all jobs or of one', async () => {
    const config = (await played()).config();
    expect((await cli('runs -n 4', { config })).out).toMatchInlineSnapshot(`
      "TICK               JOB              STATUS     ATTEMPTS  TOOK  PROCESSED  FAILED ITEMS  ERROR OR REASON
      2026-11-24 16:00Z  session-cleanup  succeeded         1  0 ms          0             0  -
      2026-11-24 15:00Z  session-cleanup  succeeded         1  0 ms          0             0  -
      2026-11-24 14:00Z  session-cleanup  succeeded         1  0 ms          1             0  -
      2026-11-24 13:00Z  session-cleanup  succeeded         1  0 ms          0             0  -
      2026-11-24 13:00Z  greeting         succeeded         1  0 ms          1             0  -

      there are more: --to 2026-11-24T12:59:59.999Z
      "
    `);
    expect((await cli('runs greeting', { config })).out).toMatchInlineSnapshot(`
      "TICK               JOB       STATUS     ATTEMPTS  TOOK  PROCESSED  FAILED ITEMS  ERROR OR REASON
      2026-11-24 13:00Z  greeting  succeeded         1  0 ms          1             0  -
      2026-11-24 12:00Z  greeting  succeeded         1  0 ms          2             1  -
      "
    `);
  });

  it('are filtered by span and status, page by page', async () => {
    const config = (await played()).config();
    const ticks = async (line: string) => {
      const { runs, next } = (await json(line, { config })) as {
        runs: { job: string; tick: string }[];
        next: string | null;
      };
      return { runs: runs.map(({ job, tick }) => `${job} ${tick.slice(11, 16)}`), next };
    };
    expect(await ticks('runs session-cleanup --from 2026-11-24T13:00:00Z --to 2026-11-24T15:00:00Z')).toEqual(
      {
        runs: ['session-cleanup 15:00', 'session-cleanup 14:00', 'session-cleanup 13:00'],
        next: null,
      },
    );
    // Both runs of one o'clock are on the first page.
    expect(await ticks('runs -n 4')).toEqual({
      runs: [
        'session-cleanup 16:00',
        'session-cleanup 15:00',
        'session-cleanup 14:00',
        'session-cleanup 13:00',
        'greeting 13:00',
      ],
      next: '2026-11-24T12:59:59.999Z',
    });
    expect(await ticks('runs -n 4 --to 2026-11-24T12:59:59.999Z')).toEqual({
      runs: ['session-cleanup 12:00', 'greeting 12:00'],
      next: null,
    });
    expect(await ticks('runs --status failed running')).toEqual({ runs: [], next: null });
  });

  it('have all fields of the ledger as JSON', async () => {
    expect(await json('runs greeting -n 1', { config: (await played()).config() })).toEqual({
      runs: [
        {
          job: 'greeting',
          tick: '2026-11-24T13:00:00.000Z',
          status: 'succeeded',
          attempt: 1,
          instance: expect.any(String) as string,
          startedAt: '2026-11-24T13:05:00.000Z',
          attemptedAt: '2026-11-24T13:05:00.000Z',
          finishedAt: '2026-11-24T13:05:00.000Z',
          processed: 1,
          failedItems: 0,
          error: null,
        },
      ],
      next: '2026-11-24T12:59:59.999Z',
    });
  });

  it.each([
    ['runs --from yesterday', /--from <instant>.*yesterday.*invalid/],
    ['runs --limit 0', /whole number from 1 to 10000/],
    ['runs --status done', /Allowed choices are running, succeeded, failed, skipped/],
  ])('refuses %s', async (line, said) => {
    const { code, err } = await cli(line, { config: new Game().config() });
    expect(code).toBe(2);
    expect(err).toMatch(said);
  });
});

describe('failed', () => {
  it('lists failed items and exits with 1, or says that there are none', async () => {
    const config = (await played()).config();
    const { code, out } = await cli('failed', { config });
    expect(code).toBe(1);
    expect(out).toMatchInlineSnapshot(`
      "JOB       TICK               ITEM  FAILED AT          ERROR
      greeting  2026-11-24 12:00Z  bob   2026-11-24 12:00Z  bob is shy
      "
    `);
    expect(await cli('failed session-cleanup', { config })).toEqual({
      code: 0,
      out: 'no failed items\n',
      err: '',
    });
    expect(await json('failed greeting --tick 2026-11-24T12:00:00Z', { config })).toEqual({
      items: [
        {
          job: 'greeting',
          tick: '2026-11-24T12:00:00.000Z',
          item: 'bob',
          error: 'bob is shy',
          failedAt: '2026-11-24T12:00:00.000Z',
        },
      ],
    });
  });
});

describe('events', () => {
  it('shows how many events wait, and the newest', async () => {
    const config = (await played()).config();
    expect((await cli('events', { config })).out).toMatchInlineSnapshot(`
      "1 event waits, the oldest for 0 ms

      ID  TYPE           KEY               OCCURRED AT        DELIVERED
       1  QuizAbandoned  QuizAbandoned:q1  2026-11-24 14:00Z  waits
      "
    `);
    expect(await json('events -n 1', { config })).toEqual({
      pending: 1,
      oldestAgeMs: expect.any(Number) as number,
      oldestWaitMs: expect.any(Number) as number,
      events: [
        {
          id: '1',
          type: 'QuizAbandoned',
          key: expect.any(String) as string,
          occurredAt: expect.any(String) as string,
          deliveredAt: null,
          payload: expect.any(Object) as object,
        },
      ],
    });
    expect(await json('events --before 1', { config })).toMatchObject({ pending: 1, events: [] });
    expect(await cli('events --before x', { config })).toMatchObject({ code: 2 });
  });
});

describe('check', () => {
  it('checks configuration, modules, clock, registration and health, and lists the next runs', async () => {
    const game = await played();
    const settings = { 'session-cleanup': { schedule: { cron: '*/5 * * * *' } } };
    const { code, out } = await cli('check', { config: game.config({ jobOverrides: settings }) });
    expect(code).toBe(1);
    expect(out).toMatchInlineSnapshot(`
      "         SUBJECT            FOUND
      ok       configuration      the configuration: 5 jobs, every schedule is valid
      ok       this clock         is a custom clock and follows no store
      ok       registration       5 jobs registered
      warning  session-cleanup    runs at "0 * * * *" UTC, the stored schedule; the configuration says "*/5 * * * *" UTC
      error    life-regeneration  is never-ran
      error    job-health         is never-ran
      error    greeting           is late
      ok       clock              healthy

      to fix it:
        start a host with this configuration

      next runs:
      TICK               JOB
      2026-11-24 16:20Z  job-health
      2026-11-24 16:30Z  life-regeneration
      2026-11-24 17:00Z  session-cleanup
      2026-11-24 17:00Z  greeting
      2026-11-25 00:00Z  streak-update
      "
    `);
  });

  it('exits with 0 if everything is healthy', async () => {
    const game = new Game();
    await game.backend();
    expect(await json('check', { config: game.config() })).toMatchObject({
      ok: true,
      findings: [
        { subject: 'configuration', status: 'ok', text: expect.any(String) as string, fix: [] },
        { subject: 'this clock', status: 'ok' },
        { subject: 'registration', status: 'ok' },
        { subject: 'clock', status: 'ok' },
      ],
      next: [
        { job: 'job-health', tick: '2026-11-24T11:35:00.000Z' },
        { job: 'life-regeneration', tick: '2026-11-24T12:00:00.000Z' },
        { job: 'session-cleanup' },
        { job: 'greeting' },
        { job: 'streak-update' },
      ],
    });
  });

  it('shows the clock skew of this machine', async () => {
    const game = new Game();
    await game.backend();
    const config = game.config({ engine: { maxClockSkewMs: 5_000, refuseSkewedClock: true } });
    const clock = new (game.clock.constructor as new (at: number) => typeof game.clock)(addMs(start, 90_000));
    const { code, out } = await cli('check', { config: { ...config, clock } });
    expect(code).toBe(1);
    expect(out).toMatch(/^error +this clock +this machine is 90\.0 s ahead of the store$/m);
  });
});
