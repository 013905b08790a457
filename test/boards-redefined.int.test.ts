import { PostgresDatabase, postgresAdapters, postgresDatabase } from '@gamekeeper/adapters-postgres';
import { createJobHost, type JobHost, type JobHostOptions } from '@gamekeeper/composition';
import {
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  awardId,
  instant,
  iso,
  addMs,
  silentLogger,
  userId,
  type AwardResult,
  type Board,
  type BoardOptions,
  type Instant,
  type LeaderboardReset,
  type PeriodRecord,
  type ScheduleSpec,
  type Transactions,
} from '@gamekeeper/core';
import {
  engineTokens,
  gameTokens,
  type HostModule,
  type Outbox,
  type AwardRepository,
  type RankingRepository,
  type StandingsArchive,
  type StoredEvent,
} from '@gamekeeper/core/ports';
import { resetJobName } from '@gamekeeper/core/game';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock, memoryAdapters, memoryStore } from '@gamekeeper/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeWithPostgres } from './server-suites.ts';

/** A Wednesday. In the past, so that a database whose clock goes on has every tick behind it. */
const wednesday = instant('2025-06-04T10:00:00Z');
const KEY = 'weekly';
const job = 'leaderboard-reset-weekly';

/** Where hosts work, one after the other or side by side. */
interface Place {
  readonly adapters: () => HostModule;
  readonly leave: (last: JobHost) => Promise<void>;
  /** How many times less often players earn something: a database takes its time. */
  readonly slowness: number;
}

type Open = (clock: VirtualClock) => Promise<Place>;

const inMemory: Open = async (clock) => {
  const store = memoryStore(clock);
  return { adapters: () => memoryAdapters(store), leave: async () => undefined, slowness: 1 };
};

/** One embedded database for all, in a schema each: to make one takes seconds. */
const shared = new PostgresDatabase({ memory: true });

const embedded: Open = async () => inSchema((schema) => postgresAdapters({ orm: shared.orm, schema }), 3);

const onServer =
  (url: string): Open =>
  async () =>
    inSchema((schema) => postgresAdapters({ url, schema, poolSize: 3 }), 2);

function inSchema(adapters: (schema: string) => HostModule, slowness: number): Place {
  const schema = `gamekeeper_test_${process.pid}_${Math.random().toString(36).slice(2, 8)}`;
  return {
    adapters: () => adapters(schema),
    leave: (last) => last.container.get<PostgresDatabase>(postgresDatabase.symbol).dropSchema(),
    slowness,
  };
}

describe('boards of hosts in memory', () => {
  promises(inMemory);
});
describe('boards of hosts on embedded PostgreSQL', () => {
  beforeAll(() => shared.open());
  afterAll(() => shared.close());
  promises(embedded);
});
describeWithPostgres('boards of hosts on a PostgreSQL server', (url) => {
  promises(onServer(url));
});

function promises(open: Open): void {
  let clock: VirtualClock;
  let place: Place;
  let hosts: JobHost[];
  let awards: { readonly amount: number; readonly late: boolean }[];

  beforeEach(async () => {
    clock = new VirtualClock(wednesday);
    place = await open(clock);
    hosts = [];
    awards = [];
  });
  afterEach(async () => {
    const last = hosts.at(-1);
    if (last?.state === 'open') await place.leave(last);
    for (const host of hosts) await host.stop();
  });

  /** A host with one board that ends and one that does not. */
  async function deploy(
    definition: Partial<BoardOptions> = {},
    { schedule, instanceId }: { readonly schedule?: ScheduleSpec; readonly instanceId?: string } = {},
  ): Promise<JobHost> {
    const ends = definition.period !== 'all';
    const settings: JobHostOptions['jobOverrides'] = {
      ...(ends && { [job]: { ...(schedule && { schedule }), retry: { maxAttempts: 1 } } }),
    };
    const host = createJobHost({
      modules: [place.adapters(), cronerScheduler()],
      boards: [
        { key: 'global', period: 'all' },
        { key: KEY, period: 'week', ...definition },
      ],
      rules: { leaderboards: { sealGraceSeconds: 0 } },
      jobOverrides: settings,
      clock,
      logger: silentLogger,
      ...(instanceId !== undefined && { instanceId }),
    });
    hosts.push(host);
    await host.open();
    return host;
  }

  async function earn(host: JobHost, amount: number, earnedAt = clock.now()): Promise<AwardResult> {
    const id = awardId(`award ${awards.length}`);
    const player = userId(`player ${awards.length % 5}`);
    const outcome = await host.gameplay.awardXp({ awardId: id, userId: player, amount, earnedAt });
    awards.push({ amount, late: outcome.late.length > 0 });
    return outcome;
  }

  /** Lets time pass with an award every few hours on any of the hosts, and the resets of the one deployed last. */
  async function play(players: readonly JobHost[], until: Instant, everyMs = 7 * HOUR_MS): Promise<void> {
    const host = players.at(-1)!;
    const { schedule } = host.jobs.find((scheduled) => scheduled.job.name === job)!;
    const ticks = [...schedule.between(clock.now(), until)];
    for (let turn = 0, at = clock.now(); at < until; turn += 1) {
      at = addMs(at, everyMs * place.slowness);
      while (ticks[0] !== undefined && ticks[0] <= at) await run({ host, tick: ticks.shift()! });
      if (at >= until) break;
      clock.jumpTo(at);
      await earn(players[turn % players.length]!, turn + 1);
    }
    clock.jumpTo(until);
  }

  /** The newest tick of a host's reset. */
  function lastTick(host: JobHost): Instant {
    return host.jobs.find((scheduled) => scheduled.job.name === job)!.schedule.previous(clock.now())!;
  }

  async function run({ host, tick }: { readonly host: JobHost; readonly tick: Instant }): Promise<void> {
    if (clock.now() < tick) clock.jumpTo(tick);
    const outcome = await host.runNow(job, { tick });
    if (outcome.kind !== 'ran') return;
    expect(outcome.report.end).toBe('succeeded');
    expect(outcome.report.batches).toBeLessThan(30);
  }

  /** Newest last. */
  async function periods(host: JobHost): Promise<readonly PeriodRecord[]> {
    const newestFirst = await host.leaderboards.periods(KEY, { limit: 1_000 });
    return newestFirst.toReversed().map((period) => ({
      ...period,
      startsAt: period.startsAt && instant(period.startsAt),
      endsAt: period.endsAt && instant(period.endsAt),
      sealedAt: period.sealedAt && instant(period.sealedAt),
      resetAt: period.resetAt && instant(period.resetAt),
    }));
  }

  async function resets(host: JobHost): Promise<readonly LeaderboardReset['payload'][]> {
    const events = await host.container.get<Outbox>(engineTokens.outbox.symbol).list({ limit: 1_000 });
    return events
      .filter((event): event is StoredEvent & LeaderboardReset => event.type === 'LeaderboardReset')
      .map(({ payload }) => payload);
  }

  /**
   * Every period is closed once under the span that it was opened with, none overlaps another or begins elsewhere than
   * the last one ends, and each award counts in one of them.
   */
  async function assertWhole(host: JobHost, lastTick: Instant): Promise<readonly PeriodRecord[]> {
    const all = await periods(host);
    const keys = all.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    for (const [index, { endsAt }] of all.entries())
      if (all[index + 1]) expect(iso(all[index + 1]!.startsAt!)).toBe(iso(endsAt!));
    const ended = all.filter(({ endsAt }) => endsAt! <= lastTick);
    const isBoard = (board: Board): boolean => board.key === KEY;
    const board = host.leaderboards.boards.find(isBoard)!;
    const rankings = host.container.get<RankingRepository>(gameTokens.rankings.symbol);
    const standings = host.container.get<StandingsArchive>(gameTokens.archive.symbol);
    let counted = 0;
    for (const period of all) {
      if (ended.includes(period)) {
        expect(period).toMatchObject({
          sealedAt: expect.any(Number) as unknown,
          resetAt: expect.any(Number) as unknown,
        });
        expect(period.sealedAt).toBeGreaterThanOrEqual(period.endsAt!);
        const archive = await standings.list({ board, period: period.key }, { limit: 1_000 });
        expect(archive).toHaveLength(period.players!);
        for (const { lastXpAt } of archive) {
          expect(lastXpAt!).toBeGreaterThanOrEqual(period.startsAt!);
          expect(lastXpAt!).toBeLessThan(period.endsAt!);
        }
        counted += sum(archive);
        expect(await rankings.scores({ board, period }, { limit: 10 })).toEqual([]);
      } else {
        expect(period.sealedAt).toBeNull();
        counted += sum(await rankings.scores({ board, period }, { limit: 1_000 }));
      }
    }
    expect(awards.filter(({ late }) => late)).toEqual([]);
    expect(counted).toBe(awards.reduce((total, { amount }) => total + amount, 0));
    expect(await resets(host)).toEqual(
      ended.map(({ key, players }) => ({ board: KEY, period: key, players })),
    );
    return all;
  }

  const times = (all: readonly PeriodRecord[]): readonly string[] =>
    all.map(({ key, startsAt, endsAt }) => `${key} ${short(startsAt!)} ${short(endsAt!)}`);

  it.each([
    ['at four in the morning', { cron: '0 4 * * 1' }, '2025-06-09T04:00:00Z'],
    ['every night', { cron: '0 4 * * *' }, '2025-06-09T04:00:00Z'],
    ['at midnight in Berlin', { cron: '0 0 * * 1', timeZone: 'Europe/Berlin' }, '2025-06-15T22:00:00Z'],
    ['an hour before the end', { cron: '0 23 * * 0' }, '2025-06-15T23:00:00Z'],
  ])(
    'closes only weeks that have ended with a reset %s; later awards of the week count',
    async (_, schedule, closedAt) => {
      const host = await deploy({}, { schedule });
      await play([host], instant('2025-06-18T12:00:00Z'));
      const all = await assertWhole(host, lastTick(host));
      expect(times(all)).toEqual([
        '2025-W23 06-02T00:00 06-09T00:00',
        '2025-W24 06-09T00:00 06-16T00:00',
        '2025-W25 06-16T00:00 06-23T00:00',
      ]);
      expect(all[0]!.sealedAt).toBe(instant(closedAt));
    },
  );

  it.each([
    [
      'from UTC to Berlin',
      {},
      { timeZone: 'Europe/Berlin' },
      [
        '2025-W23 06-02T00:00 06-09T00:00',
        '2025-W24 06-09T00:00 06-15T22:00',
        '2025-W25 06-15T22:00 06-22T22:00',
      ],
    ],
    [
      'from Berlin to UTC',
      { timeZone: 'Europe/Berlin' },
      {},
      [
        '2025-W23 06-01T22:00 06-08T22:00',
        '2025-W24 06-08T22:00 06-16T00:00',
        '2025-W25 06-16T00:00 06-23T00:00',
      ],
    ],
    [
      'to weeks from Sunday',
      {},
      { weekStart: 0 },
      [
        '2025-W23 06-02T00:00 06-09T00:00',
        '2025-W24 06-09T00:00 06-15T00:00',
        '2025-W25 06-15T00:00 06-22T00:00',
      ],
    ],
    [
      'to weeks from Saturday',
      {},
      { weekStart: 6 },
      [
        '2025-W23 06-02T00:00 06-09T00:00',
        '2025-W23.2 06-09T00:00 06-14T00:00',
        '2025-W24 06-14T00:00 06-21T00:00',
      ],
    ],
    [
      'from weeks to months',
      {},
      { period: 'month' as const },
      [
        '2025-W23 06-02T00:00 06-09T00:00',
        '2025-06 06-09T00:00 07-01T00:00',
        '2025-07 07-01T00:00 08-01T00:00',
      ],
    ],
  ])(
    'closes the open week under its own span when the board changes %s',
    async (_, before, after, expected) => {
      const old = await deploy(before);
      await earn(old, 100);
      const host = await deploy(after);
      const end = instant('2025-09-10T12:00:00Z');
      await play([host], end, 11 * HOUR_MS);
      const all = await assertWhole(host, lastTick(host));
      expect(times(all).slice(0, 3)).toEqual(expected);
      // In time, although the new definition has no tick there.
      expect(iso(all[0]!.sealedAt!)).toBe(iso(all[0]!.endsAt!));
    },
  );

  it('goes from weeks to months and back, and to other weeks in between', async () => {
    const definitions: readonly Partial<BoardOptions>[] = [
      {},
      { period: 'month' },
      { weekStart: 6 },
      { timeZone: 'Asia/Tokyo', weekStart: 3 },
      { period: 'day', timeZone: 'America/New_York' },
      {},
    ];
    let host: JobHost | undefined;
    for (const definition of definitions) {
      host = await deploy(definition);
      await play([host], addMs(clock.now(), 23 * DAY_MS), 13 * HOUR_MS);
    }
    await assertWhole(host!, lastTick(host!));
  });

  it('counts each award once while hosts with the old and the new definition work side by side', async () => {
    const old = await deploy({}, { instanceId: 'old' });
    const host = await deploy({ timeZone: 'Asia/Tokyo', weekStart: 6 }, { instanceId: 'new' });
    await play([old, host], instant('2025-07-09T12:00:00Z'));
    const last = await periods(host);
    await play([host], addMs(last.at(-1)!.endsAt!, 8 * DAY_MS));
    await assertWhole(host, lastTick(host));
  });

  it('shows the open period to readers with the new definition until it ends', async () => {
    const old = await deploy();
    await earn(old, 7);
    const host = await deploy({ timeZone: 'Europe/Berlin' });
    clock.jumpTo(instant('2025-06-08T23:30:00Z'));
    expect(await host.leaderboards.top(KEY)).toMatchObject({ period: '2025-W23', standings: [{ score: 7 }] });
    expect(await host.leaderboards.size(KEY)).toBe(1);
    expect((await host.leaderboards.standing(KEY, userId('player 0')))?.rank).toBe(1);
    clock.jumpTo(instant('2025-06-09T00:00:00Z'));
    expect(await host.leaderboards.top(KEY)).toMatchObject({ period: '2025-W24', standings: [] });
  });

  it('is not opened with a board for all time that has ended before, nor the other way round', async () => {
    await earn(await deploy(), 1);
    await expect(deploy({ period: 'all' })).rejects.toMatchObject({
      code: 'BOARD_KIND_CHANGED',
      message: expect.stringContaining('a key of its own') as unknown,
    });
    hosts.pop();
    await deploy();
  });

  it('is not opened with another order of ties, once it has scores', async () => {
    await deploy();
    await earn(await deploy({ tieBreak: 'earliest' }), 1);
    await expect(deploy({ tieBreak: 'latest' })).rejects.toMatchObject({
      code: 'BOARD_TIE_BREAK_CHANGED',
      message: expect.stringContaining('a key of its own') as unknown,
    });
    hosts.pop();
    await deploy({ tieBreak: 'earliest' });
  });

  it('takes no seconds for milliseconds, and closes what an older version opened in 1970 in one step', async () => {
    const host = await deploy();
    await earn(host, 5);
    const seconds = instant(wednesday / 1_000);
    await expect(earn(host, 5, seconds)).rejects.toMatchObject({ code: 'AWARD_TOO_OLD' });
    expect(times(await periods(host))).toEqual(['2025-W23 06-02T00:00 06-09T00:00']);

    const awards = host.container.get<AwardRepository>(gameTokens.awards.symbol);
    const transactions = host.container.get<Transactions>(engineTokens.transactions.symbol);
    const board = host.leaderboards.boards.find(({ key }) => key === KEY)!;
    const old = { awardId: awardId('old'), userId: userId('old'), amount: 9, earnedAt: seconds };
    await transactions.run((tx) => awards.record(tx, old, [board]));
    const tick = instant('2025-06-09T00:00:00Z');
    clock.jumpTo(tick);
    await run({ host, tick });
    expect((await resets(host)).map(({ period }) => period)).toEqual(['1970-W04', '2025-W23']);
    expect((await periods(host)).map(({ key }) => key)).toEqual(['1970-W04', '2025-W23', '2025-W24']);
    const { standings } = await host.leaderboards.top(KEY);
    expect(standings.map(({ userId: id, score }) => [id, score])).toEqual([
      ['old', 0],
      ['player 0', 0],
    ]);
  });

  it('counts an award whose instant is a little ahead of its host where it belongs', async () => {
    const host = await deploy();
    clock.jumpTo(instant('2025-06-08T23:59:30Z'));
    const outcome = await earn(host, 3, addMs(clock.now(), MINUTE_MS));
    expect(outcome.scores.find(({ board }) => board.key === KEY)?.period.key).toBe('2025-W24');
    expect((await host.leaderboards.top(KEY)).period).toBe('2025-W23');
  });
}

function sum(scores: readonly { readonly score: number }[]): number {
  return scores.reduce((total, { score }) => total + score, 0);
}

function short(at: Instant): string {
  return iso(at).slice(5, -8);
}

it('names the job as it is named here', () => {
  expect(resetJobName({ key: KEY } as Board)).toBe(job);
});
