import type { JobHost } from '@gamekeeper/composition';
import {
  DAY_MS,
  MINUTE_MS,
  SECOND_MS,
  awardId,
  instant,
  iso,
  addMs,
  sessionId,
  userId,
  type LogFields,
  type Logger,
} from '@gamekeeper/core';
import { engineTokens, type JobRegistry } from '@gamekeeper/core/ports';
import { afterEach, describe, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { SkewedWorld } from './skewed-world.ts';

const ada = userId('ada');
const time = { timeout: 60_000 };

describe('hosts with clocks that are off, in memory', () => {
  suite((start) => SkewedWorld.inMemory(start));
});
describeWithPostgres('hosts with clocks that are off, on PostgreSQL', (url) =>
  suite((start) => SkewedWorld.onPostgres(url, start)),
);

/** A host of the test follows the store's clock only if configured; then it behaves like one with the machine's clock. */
const following = { engine: { maxClockSkewMs: 5_000 } };

function suite(create: (start: string) => Promise<SkewedWorld>): void {
  let world: SkewedWorld;
  afterEach(() => world.close());

  it.each([
    ['goes by its own clock', {}],
    ['follows the store’s', following],
  ])(
    'outcome 2: 40 s ahead, a host that %s runs no daily reset early, and no award of a right host’s last half minute is late',
    time,
    async (_, options) => {
      world = await create('2026-11-16T23:50:00Z');
      const { host: right } = world.host(0);
      const { host: fast } = world.host(40_000, options);
      await right.start();
      await fast.start();
      const midnight = instant('2026-11-17T00:00:00Z');
      for (let second = 45; second > 0; second -= 1) {
        await world.advanceTo(addMs(midnight, -second * SECOND_MS));
        const award = { awardId: awardId(`last-${second}`), userId: ada, amount: 1 };
        expect((await right.gameplay.awardXp(award)).late).toEqual([]);
      }
      await world.advanceTo(addMs(midnight, MINUTE_MS));

      expect(await right.leaderboards.top('daily', { period: '2026-11-16' })).toMatchObject({
        standings: [{ userId: ada, score: 45 }],
      });
      const [reset] = await right.runs('leaderboard-reset-daily', { limit: 1 });
      expect(reset).toMatchObject({ tick: new Date(midnight), status: 'succeeded' });
      for (const { job } of right.jobs) {
        for (const { tick, startedAt } of await right.runs(job.name))
          expect((startedAt ?? tick).getTime()).toBeGreaterThanOrEqual(tick.getTime() + job.delayMs);
      }
    },
  );

  it.each([
    ['goes by its own clock', {}],
    ['follows the store’s', following],
  ])(
    'outcome 2: 9 days ahead, a host that %s breaks no streak, expires no session, seals no running week, moves no watermark',
    time,
    async (_, options) => {
      world = await create('2026-11-17T11:00:00Z');
      const { host: right } = world.host(0);
      await right.start();
      await world.advanceTo('2026-11-17T11:50:00Z');
      await right.gameplay.startQuiz({ userId: ada, sessionId: sessionId('first') });
      await right.gameplay.completeQuiz({ sessionId: sessionId('first'), xp: 5 });
      await world.advanceTo('2026-11-17T11:59:00Z');
      await right.gameplay.startQuiz({ userId: ada, sessionId: sessionId('second') });

      const { host: fast } = world.host(9 * DAY_MS, options);
      await fast.start();
      await world.advanceTo('2026-11-17T12:08:00Z');
      expect(await watermarksAhead(world, right)).toEqual([]);
      expect(await right.health()).toMatchObject({ healthy: true, judgedAt: new Date(world.now) });
      // One that does not know the time has no say in what a player does.
      const acting = options === following ? fast : right;
      expect(await acting.streaks.read(ada)).toMatchObject({ currentStreak: 1 });
      expect(await acting.gameplay.completeQuiz({ sessionId: sessionId('second'), xp: 5 })).toMatchObject({
        ok: true,
        streak: { currentStreak: 1 },
        award: { late: [] },
      });
      expect(await right.leaderboards.periods('weekly')).toMatchObject([{ key: '2026-W47', sealedAt: null }]);

      await world.advanceTo('2026-11-17T12:31:00Z');
      expect((await right.runs('life-regeneration', { limit: 1 }))[0]).toMatchObject({
        tick: new Date('2026-11-17T12:30:00Z'),
        status: 'succeeded',
      });
      expect(await watermarksAhead(world, right)).toEqual([]);
      expect(await right.health()).toMatchObject({ healthy: true });
    },
  );

  it('outcome 2: 9 days ahead, a host gives up no tick that is owed for being too old', time, async () => {
    world = await create('2026-11-17T11:00:00Z');
    const short = { jobOverrides: { 'session-cleanup': { catchUpWindowMs: DAY_MS } } };
    const { host: first } = world.host(0, short);
    await first.start();
    await world.advanceTo('2026-11-17T12:01:00Z');
    await first.stop();
    await world.advanceTo('2026-11-17T15:01:00Z');
    const { host: fast } = world.host(9 * DAY_MS, short);
    await fast.start();
    await world.advanceTo('2026-11-17T15:02:00Z');
    const { host: right } = world.host(0, short);
    await right.start();
    await world.advanceTo('2026-11-17T15:03:00Z');
    const runs = await right.runs('session-cleanup', { limit: 4 });
    expect(runs.map(({ tick, status }) => [iso(tick).slice(11, 16), status])).toEqual([
      ['15:00', 'succeeded'],
      ['14:00', 'succeeded'],
      ['13:00', 'succeeded'],
      ['12:00', 'succeeded'],
    ]);
  });

  it.each([5, -5])(
    'outcome 2: %i minutes off, a host lets a player play before and after midnight as one that is right',
    time,
    async (minutes) => {
      world = await create('2026-11-16T12:00:00Z');
      const { host: right } = world.host(0);
      const { host: skewed } = world.host(minutes * MINUTE_MS, following);
      await right.open();
      await skewed.open();
      await play('monday', '2026-11-16T12:01:00Z', '2026-11-16T12:02:00Z');
      await world.advanceTo('2026-11-17T23:45:00Z');
      await right.start();
      await skewed.start();
      expect(await play('tuesday', '2026-11-17T23:49:00Z', '2026-11-17T23:57:00Z')).toMatchObject({
        ok: true,
        session: { completedAt: new Date(world.now) },
        streak: { currentStreak: 2 },
        award: { late: [], scores: inPeriods('all', '2026-11-17', '2026-W47') },
      });
      expect(await play('wednesday', '2026-11-17T23:53:00Z', '2026-11-18T00:02:00Z')).toMatchObject({
        ok: true,
        streak: { currentStreak: 3 },
        award: { late: [], scores: inPeriods('all', '2026-11-18', '2026-W47') },
      });
      expect(await play('too late', '2026-11-18T00:03:00Z', '2026-11-18T00:13:00Z')).toMatchObject({
        ok: false,
        reason: 'expired',
      });

      /** A quiz that is started on the right host and ended on the other, at true times. */
      async function play(id: string, startsAt: string, endsAt: string): Promise<unknown> {
        if (instant(startsAt) > world.now) await world.advanceTo(startsAt);
        const at = instant(startsAt);
        await right.gameplay.startQuiz({ userId: ada, sessionId: sessionId(id) }, { at });
        await world.advanceTo(endsAt);
        return skewed.gameplay.completeQuiz({ sessionId: sessionId(id), xp: 5 });
      }
    },
  );

  it(
    'outcome 2: is named in the log once when its clock gets wrong, and once when it is right',
    time,
    async () => {
      world = await create('2026-11-16T12:00:00Z');
      const lines: (readonly [string, string, LogFields | undefined])[] = [];
      const keep =
        (level: string) =>
        (text: string, fields?: LogFields): void => {
          if (text.includes('clock')) lines.push([level, text, fields]);
        };
      const logger: Logger = {
        debug: keep('debug'),
        info: keep('info'),
        warn: keep('warn'),
        error: keep('error'),
      };
      const health = { watchIntervalMs: 15_000 };
      const { host, clock } = world.host(0, { ...following, instanceId: 'one', logger, health });
      await host.open();
      expect([host.clockSkewMs, lines]).toEqual([0, []]);
      clock.skewMs = 3_600_000;
      await world.advanceTo('2026-11-16T12:00:15Z');
      await expect.poll(() => host.clockSkewMs).toBe(3_600_000);
      expect(lines).toEqual([
        [
          'error',
          "the clock of this host is 3600 s ahead of the store's; using the store's time. Synchronise the machine's clock (NTP)",
          { instance: 'one', skewMs: 3_600_000, maxClockSkewMs: 5_000 },
        ],
      ]);
      // A clock of one's own is put back: its timers wait.
      clock.skewMs = 2_000;
      await world.advanceTo('2026-11-16T13:00:28Z');
      await expect.poll(() => host.clockSkewMs).toBe(2_000);
      expect(lines.slice(1)).toEqual([
        [
          'info',
          "the clock of this host agrees with the store's again",
          { instance: 'one', skewMs: 2_000, maxClockSkewMs: 5_000 },
        ],
      ]);
    },
  );

  it(
    'outcome 2: is refused when it is opened, where the host wants that, before anything is registered',
    time,
    async () => {
      world = await create('2026-11-16T12:00:00Z');
      const refusing = { engine: { maxClockSkewMs: 5_000, refuseSkewedClock: true } };
      const { host: skewed } = world.host(-5_001, { ...refusing, instanceId: 'skewed' });
      await expect(skewed.start()).rejects.toMatchObject({
        code: 'CLOCK_SKEW',
        skewMs: -5_001,
        message:
          "The clock of skewed is 5.001 s behind the store's, and engine.maxClockSkewMs is 5000; synchronise the machine's clock (NTP), or omit engine.refuseSkewedClock to use the store's time.",
      });
      expect(skewed.state).toBe('stopped');
      const { host: right } = world.host(5_000, refusing);
      await right.open();
      expect(right.clockSkewMs).toBe(5_000);
    },
  );
}

function inPeriods(...keys: readonly string[]): readonly object[] {
  return keys.map((key) => ({ period: { key } }));
}

/** The jobs whose watermark lies ahead of the true time. */
async function watermarksAhead(world: SkewedWorld, host: JobHost): Promise<readonly string[]> {
  const jobRegistry = host.container.get<JobRegistry>(engineTokens.jobRegistry.symbol);
  const ahead = (await jobRegistry.records()).filter(({ watermark }) => watermark > world.now);
  return ahead.map(({ job, watermark }) => `${job} through ${iso(watermark)}`);
}
