import { postgresAdapters, postgresDatabase, type PostgresDatabase } from '@gamekeeper/adapters-postgres';
import { createJobHost, type JobHost, type JobHostOptions } from '@gamekeeper/composition';
import {
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  awardId,
  instant,
  iso,
  addMs,
  sessionId,
  silentLogger,
  userId,
  type Instant,
  type Lives,
  type Transactions,
} from '@gamekeeper/core';
import {
  engineTokens,
  gameTokens,
  type HostModule,
  type LivesRepository,
  type Outbox,
} from '@gamekeeper/core/ports';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock, memoryAdapters, memoryStore } from '@gamekeeper/testkit';
import { MikroORM as PgliteOrm } from '@mikro-orm/pglite';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { describeWithPostgres } from './server-suites.ts';

/** A Sunday at noon, in the past of every database. */
const noon = instant('2024-11-24T12:00:00Z');
const [ada, bob] = [userId('ada'), userId('bob')];
const without = (job: string): NonNullable<JobHostOptions['jobOverrides']> => ({ [job]: { enabled: false } });

type Deploy = Pick<JobHostOptions, 'rules' | 'jobOverrides'>;
type StoreOf = (clock: VirtualClock) => () => HostModule;

/** One store, and the deploys of a game on it, the first a minute before noon: each ends the one before. */
class Game {
  readonly clock = new VirtualClock(addMs(noon, -MINUTE_MS));
  readonly #module: () => HostModule;
  #host: JobHost | undefined;

  constructor(store: StoreOf) {
    this.#module = store(this.clock);
    onTestFinished(async () => {
      const { host } = this;
      const database = host.container.isBound(postgresDatabase.symbol)
        ? host.container.get<PostgresDatabase>(postgresDatabase.symbol)
        : null;
      await database?.dropSchema();
      await host.stop();
    });
  }

  get host(): JobHost {
    return this.#host!;
  }

  async deploy(options: Deploy = {}): Promise<JobHost> {
    await this.#host?.stop();
    if (this.#host && this.clock.now() < noon) this.passTo(noon);
    this.#host = createJobHost({
      modules: [this.#module(), cronerScheduler()],
      clock: this.clock,
      logger: silentLogger,
      ...options,
    });
    await this.#host.open();
    return this.#host;
  }

  passTo(at: Instant): void {
    this.clock.jumpTo(at);
  }

  async eventKeys(): Promise<readonly string[]> {
    const outbox = this.host.container.get<Outbox>(engineTokens.outbox.symbol);
    return (await outbox.list({ limit: 1_000 })).map(({ key }) => key);
  }

  /** Writes a row as an import of the host's own does. */
  async import(lives: Lives): Promise<void> {
    const { container } = this.host;
    const repository = container.get<LivesRepository>(gameTokens.lives.symbol);
    await container
      .get<Transactions>(engineTokens.transactions.symbol)
      .run((tx) => repository.change(tx, lives.userId, () => ({ state: lives, result: null })));
  }

  /** The ticks of a job that have run, oldest first. */
  async ran(job: string): Promise<readonly string[]> {
    return (await this.host.runs(job)).map(({ tick }) => iso(tick)).reverse();
  }
}

describe('deploys in memory', () => {
  deploys((clock) => {
    const store = memoryStore(clock);
    return () => memoryAdapters(store);
  });
});

describe('deploys on embedded PostgreSQL', () => {
  const orm = new PgliteOrm({ dbName: 'memory://', entities: [], discovery: { warnWhenNoEntities: false } });
  beforeAll(() => orm.connect());
  afterAll(() => orm.close());
  deploys(() => {
    const schema = schemaOfTest();
    return () => postgresAdapters({ orm, schema });
  });
});

describeWithPostgres('deploys on a PostgreSQL server', (url) =>
  deploys(() => {
    const schema = schemaOfTest();
    return () => postgresAdapters({ url, schema });
  }),
);

function schemaOfTest(): string {
  return `deploys_${randomUUID().slice(0, 8)}`;
}

function deploys(store: StoreOf): void {
  describe('which ticks exist for a player', () => {
    it('shows a quiz that was played long before the job was registered with the same streak before and after the next midnight', async () => {
      const game = new Game(store);
      await game.deploy({ jobOverrides: without('streak-update') });
      const longAgo = addMs(noon, -11 * DAY_MS);
      for (const player of [ada, bob]) await game.host.streaks.countQuiz(player, { at: longAgo });
      const { streaks } = await game.deploy();
      expect(await streaks.read(ada)).toMatchObject({ currentStreak: 1, protections: 2 });
      expect(await streaks.countQuiz(bob)).toMatchObject({ currentStreak: 2, protections: 2 });

      game.passTo(addMs(noon, 13 * HOUR_MS));
      const read = await streaks.read(ada);
      expect(read).toMatchObject({ currentStreak: 1, protections: 1 });
      await game.host.runNow('streak-update');
      expect(await streaks.read(ada)).toEqual(read);
      expect(await streaks.read(bob)).toMatchObject({ currentStreak: 2, protections: 2 });
      expect(await game.eventKeys()).toEqual(['StreakProtected:2024-11-25:ada']);
    });

    it('judges a quiz that is recorded late by the ticks that are still to run, and by none that has', async () => {
      const game = new Game(store);
      const { streaks } = await game.deploy();
      game.passTo(addMs(noon, 5 * DAY_MS));
      await game.host.runNow('streak-update');
      game.passTo(addMs(noon, 7 * DAY_MS));
      // Five midnights have run, two have not.
      await streaks.countQuiz(ada, { at: addMs(noon, DAY_MS) });
      const read = await streaks.read(ada);
      expect(read).toMatchObject({ currentStreak: 1, protections: 0 });
      await game.host.runNow('streak-update');
      expect(await streaks.read(ada)).toEqual(read);
      expect(await game.eventKeys()).toEqual([
        'StreakProtected:2024-11-30:ada',
        'StreakProtected:2024-12-01:ada',
      ]);
    });

    it('gives a life that was spent long before it was recorded back at the next tick, and none at those that have run', async () => {
      const game = new Game(store);
      const { lives } = await game.deploy();
      game.passTo(addMs(noon, DAY_MS + 10 * MINUTE_MS));
      await game.host.runNow('life-regeneration');
      for (let spent = 0; spent < 3; spent += 1) await lives.spend(ada, { at: addMs(noon, HOUR_MS) });
      expect(await lives.read(ada)).toMatchObject({ currentLives: 2 });
      game.passTo(addMs(noon, DAY_MS + 30 * MINUTE_MS));
      expect(await lives.read(ada)).toMatchObject({ currentLives: 3 });
      await game.host.runNow('life-regeneration');
      expect(await lives.read(ada)).toMatchObject({ currentLives: 3 });
    });

    it('has none before any instance has registered the job', async () => {
      const game = new Game(store);
      await game.deploy({ jobOverrides: without('life-regeneration') });
      await game.host.lives.spend(ada);
      game.passTo(addMs(noon, DAY_MS));
      expect(await game.host.lives.read(ada)).toMatchObject({ currentLives: 4 });
      const { lives } = await game.deploy();
      expect(await lives.read(ada)).toMatchObject({ currentLives: 5 });
    });
  });

  describe('a schedule that changes', () => {
    it('leaves the ticks before the change to the schedule of then, also where they run late', async () => {
      const game = new Game(store);
      await game.deploy();
      await game.host.streaks.countQuiz(ada, { at: addMs(noon, -2 * DAY_MS) });
      game.passTo(addMs(noon, 2 * DAY_MS));
      await game.deploy({
        jobOverrides: { 'streak-update': { schedule: { cron: '0 4 * * *', timeZone: 'Asia/Tokyo' } } },
      });
      game.passTo(addMs(noon, 3 * DAY_MS));
      const read = await game.host.streaks.read(ada);
      await game.host.runNow('streak-update');
      expect(await game.ran('streak-update')).toEqual([
        '2024-11-25T00:00:00.000Z',
        '2024-11-26T00:00:00.000Z',
        '2024-11-26T19:00:00.000Z',
      ]);
      expect(read).toMatchObject({ currentStreak: 0, protections: 0, evaluatedOn: '2024-11-27' });
      expect(await game.host.streaks.read(ada)).toEqual(read);
      expect(await game.eventKeys()).toEqual([
        'StreakProtected:2024-11-25:ada',
        'StreakProtected:2024-11-26:ada',
        'StreakBroken:2024-11-27:ada',
      ]);
    });

    it('does not begin anew when the same schedule is deployed again', async () => {
      const game = new Game(store);
      await game.deploy();
      game.passTo(addMs(noon, 90 * MINUTE_MS));
      await game.deploy();
      await game.host.runNow('life-regeneration');
      expect(await game.ran('life-regeneration')).toHaveLength(4);
    });
  });

  describe('a maximum of lives that changes', () => {
    /** Full at five, months after the timer of the last life ended; and one whom no timer was ever set for. */
    const full: Lives = {
      userId: ada,
      currentLives: 5,
      lastRegenAt: null,
      nextRegenAt: addMs(noon, -90 * DAY_MS),
    };

    it('starts the timer of who was full with the change: six after the first tick, whoever reads or plays first', async () => {
      const game = new Game(store);
      await game.deploy();
      await game.import(full);
      await game.import({ ...full, userId: bob, nextRegenAt: null });
      const { lives } = await game.deploy({ rules: { lives: { maxLives: 10 } } });
      for (const player of [ada, bob]) expect(await lives.read(player)).toMatchObject({ currentLives: 5 });

      game.passTo(addMs(noon, 45 * MINUTE_MS));
      for (const player of [ada, bob]) expect(await lives.read(player)).toMatchObject({ currentLives: 6 });
      expect(await lives.spend(bob)).toMatchObject({ ok: true, lives: { currentLives: 5 } });
      await game.host.runNow('life-regeneration');
      expect(await lives.read(ada)).toMatchObject({
        currentLives: 6,
        lastRegenAt: new Date(addMs(noon, 30 * MINUTE_MS)),
      });
      expect(await lives.read(bob)).toMatchObject({ currentLives: 5 });
      expect(await game.eventKeys()).toEqual([]);

      game.passTo(addMs(noon, 4 * HOUR_MS));
      await game.host.runNow('life-regeneration');
      expect(await lives.read(ada)).toMatchObject({ currentLives: 10 });
      expect(await game.eventKeys()).toEqual([
        'LivesRefilled:2024-11-24T14:30:00.000Z:ada',
        'LivesRefilled:2024-11-24T15:00:00.000Z:bob',
      ]);
    });

    it('applies late ticks from before a raise by the maximum of then', async () => {
      const game = new Game(store);
      const { lives } = await game.deploy();
      await lives.spend(ada);
      game.passTo(addMs(noon, 70 * MINUTE_MS));
      await game.deploy({ rules: { lives: { maxLives: 10 } } });
      const read = await game.host.lives.read(ada);
      expect(read).toMatchObject({
        currentLives: 5,
        lastRegenAt: new Date(addMs(noon, 30 * MINUTE_MS)),
      });
      await game.host.runNow('life-regeneration');
      expect(await game.host.lives.read(ada)).toEqual(read);
      expect(await game.eventKeys()).toEqual(['LivesRefilled:2024-11-24T12:30:00.000Z:ada']);
    });

    it('takes nothing from anybody when it is lowered, and tells of nobody who became full', async () => {
      const game = new Game(store);
      await game.deploy({ rules: { lives: { maxLives: 10 } } });
      await game.import({ ...full, currentLives: 7 });
      const { lives } = await game.deploy({ rules: { lives: { maxLives: 5 } } });
      game.passTo(addMs(noon, HOUR_MS));
      await game.host.runNow('life-regeneration');
      expect(await lives.read(ada)).toMatchObject({ currentLives: 7 });
      expect(await game.eventKeys()).toEqual([]);
      // Below the maximum of now only after three, and the timer starts there.
      for (let spent = 0; spent < 3; spent += 1) await lives.spend(ada);
      expect(await lives.read(ada)).toMatchObject({
        currentLives: 4,
        nextRegenAt: new Date(addMs(noon, 90 * MINUTE_MS)),
      });
      game.passTo(addMs(noon, 90 * MINUTE_MS));
      await game.host.runNow('life-regeneration');
      expect(await lives.read(ada)).toMatchObject({ currentLives: 5 });
      expect(await game.eventKeys()).toEqual(['LivesRefilled:2024-11-24T13:30:00.000Z:ada']);
    });
  });

  describe('another rule that changes', () => {
    it('regenMinutes: a timer that runs goes on, and ticks from before the change set the next one as of then', async () => {
      const game = new Game(store);
      await game.deploy();
      for (let spent = 0; spent < 3; spent += 1) await game.host.lives.spend(ada);
      game.passTo(addMs(noon, 40 * MINUTE_MS));
      // The tick of half past twelve is late.
      await game.deploy({ rules: { lives: { regenMinutes: 120 } } });
      const { lives } = game.host;
      expect(await lives.read(ada)).toMatchObject({
        currentLives: 3,
        nextRegenAt: new Date(addMs(noon, HOUR_MS)),
      });
      game.passTo(addMs(noon, HOUR_MS));
      await game.host.runNow('life-regeneration');
      expect(await lives.read(ada)).toMatchObject({
        currentLives: 4,
        nextRegenAt: new Date(addMs(noon, 3 * HOUR_MS)),
      });
    });

    it('breakAfterHours: each tick judges by the hours of its instant, however late it runs', async () => {
      const game = new Game(store);
      await game.deploy();
      await game.host.streaks.countQuiz(ada);
      game.passTo(addMs(noon, 2 * DAY_MS));
      await game.deploy({ rules: { streaks: { breakAfterHours: 24 } } });
      const { streaks } = game.host;
      // 36 hours at the last midnight, which was due under the 48 of then.
      expect(await streaks.read(ada)).toMatchObject({ protections: 2 });
      await game.host.runNow('streak-update');
      expect(await streaks.read(ada)).toMatchObject({ protections: 2 });
      game.passTo(addMs(noon, 3 * DAY_MS));
      await game.host.runNow('streak-update');
      expect(await streaks.read(ada)).toMatchObject({ protections: 1, evaluatedOn: '2024-11-27' });
    });

    it('maxProtections: who holds more keeps them, and is granted none', async () => {
      const game = new Game(store);
      await game.deploy({ rules: { streaks: { maxProtections: 3, initialProtections: 3 } } });
      await game.host.streaks.countQuiz(ada);
      const { streaks } = await game.deploy({ rules: { streaks: { maxProtections: 1 } } });
      expect(await streaks.grantProtection(ada)).toMatchObject({ ok: false, streak: { protections: 3 } });
    });

    it('initialProtections: players who are known keep theirs, new ones get those of now', async () => {
      const game = new Game(store);
      await game.deploy();
      await game.host.gameplay.awardXp({ awardId: awardId('one'), userId: ada, amount: 1 });
      await game.deploy({ rules: { streaks: { initialProtections: 0 } } });
      await game.host.gameplay.awardXp({ awardId: awardId('two'), userId: bob, amount: 1 });
      const { streaks } = game.host;
      expect([await streaks.read(ada), await streaks.read(bob)]).toMatchObject([
        { protections: 2 },
        { protections: 0 },
      ]);
    });

    it('timeoutMinutes: a quiz that has begun keeps its end', async () => {
      const game = new Game(store);
      await game.deploy();
      await game.host.gameplay.startQuiz({ userId: ada, sessionId: sessionId('long') });
      await game.deploy({ rules: { sessions: { timeoutMinutes: 1 } } });
      await game.host.gameplay.startQuiz({ userId: bob, sessionId: sessionId('short') });
      game.passTo(addMs(noon, 5 * MINUTE_MS));
      const finish = (id: string) => game.host.gameplay.completeQuiz({ sessionId: sessionId(id), xp: 1 });
      expect([await finish('long'), await finish('short')]).toMatchObject([
        { ok: true },
        { ok: false, reason: 'expired' },
      ]);
    });

    it('sealGraceSeconds: a period that waits to be sealed waits as long as is said now', async () => {
      const game = new Game(store);
      await game.deploy({ rules: { leaderboards: { sealGraceSeconds: 60 } } });
      await game.host.gameplay.awardXp({ awardId: awardId('one'), userId: ada, amount: 1 });
      const monday = instant('2024-11-25T00:00:00Z');
      game.passTo(addMs(monday, 30_000));
      const reset = () => game.host.runNow('leaderboard-reset-weekly', { tick: monday });
      await expect(reset()).rejects.toMatchObject({ code: 'FUTURE_TICK' });
      await game.deploy({ rules: { leaderboards: { sealGraceSeconds: 20 } } });
      expect(await reset()).toMatchObject({ kind: 'ran', report: { end: 'succeeded' } });
    });
  });
}
