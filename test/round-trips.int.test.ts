import {
  pinDatabaseClock,
  postgresAdapters,
  postgresDatabase,
  type PostgresDatabase,
} from '@gamekeeper/adapters-postgres';
import { createJobHost, type JobHost } from '@gamekeeper/composition';
import {
  MINUTE_MS,
  addMs,
  awardId,
  sessionId,
  silentLogger,
  userId,
  type InstantLike,
  type UserId,
} from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock } from '@gamekeeper/testkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { countStatements } from '../bench/lib/count-statements.ts';
import { describeWithPostgres } from './server-suites.ts';

const start = '2026-11-24T10:10:00Z';
const [ada, bob] = [userId('ada'), userId('bob')];

describeWithPostgres('calls for which players wait', (url) => {
  const schema = `gamekeeper_trips_${process.pid}`;
  const clock = new VirtualClock(start);
  let host: JobHost;
  let database: PostgresDatabase;
  let sent: { readonly sent: number };

  beforeAll(async () => {
    host = createJobHost({
      modules: [postgresAdapters({ url, schema, pinnableClock: true }), cronerScheduler()],
      clock,
      logger: silentLogger,
    });
    await host.open();
    database = host.container.get<PostgresDatabase>(postgresDatabase.symbol);
    await pinDatabaseClock(database, start);
    sent = countStatements(database);
    // The first award of a period opens it, and the first call reads the recorded schedules.
    await host.gameplay.awardXp({ awardId: awardId('first'), userId: ada, amount: 1 });
    await begin('first');
    await host.gameplay.completeQuiz({ sessionId: sessionId('first'), xp: 1 });
  });
  beforeEach(() => goTo(addMs(clock.now(), MINUTE_MS)));
  afterAll(async () => {
    await database.dropSchema();
    await host.stop();
  });

  /** Goes on, and reads the recorded schedules anew, as one call of a host does every 15 seconds. */
  async function goTo(at: InstantLike): Promise<void> {
    clock.jumpTo(at);
    await pinDatabaseClock(database, at);
    await host.lives.read(ada);
  }

  const begin = (quiz: string, player: UserId = ada, username?: string): Promise<unknown> =>
    host.gameplay.startQuiz({
      userId: player,
      sessionId: sessionId(quiz),
      ...(username !== undefined && { username }),
    });

  /** Returns how many statements were sent meanwhile, BEGIN and COMMIT included: each is a round trip. */
  async function trips(call: () => Promise<unknown>): Promise<number> {
    const before = sent.sent;
    await call();
    return sent.sent - before;
  }

  it('start a quiz in two round trips: of a known player, a named one, a new one, and again', async () => {
    expect(await trips(() => begin('known'))).toBeLessThanOrEqual(2);
    await begin('rename', ada, 'Ada');
    expect(await trips(() => begin('named', ada, 'Ada'))).toBeLessThanOrEqual(2);
    expect(await trips(() => begin('new', userId('new')))).toBeLessThanOrEqual(2);
    expect(await trips(() => begin('new and named', userId('named'), 'Name'))).toBeLessThanOrEqual(2);
    expect(await trips(() => begin('known'))).toBeLessThanOrEqual(2);
  });

  it('start a quiz in two round trips, due ticks and their events included', async () => {
    await begin('spent', bob);
    await goTo(addMs(clock.now(), 90 * MINUTE_MS));
    expect(await trips(() => begin('refilled', bob))).toBeLessThanOrEqual(2);
    const told = await host.events({ limit: 1 });
    expect(told.map(({ key }) => key)).toEqual([expect.stringMatching(/^LivesRefilled:.*:bob$/)]);
  });

  it('complete a quiz in two round trips, due ticks and their events included', async () => {
    await begin('plain', ada);
    const plain = () => host.gameplay.completeQuiz({ sessionId: sessionId('plain'), xp: 5 });
    expect(await trips(plain)).toBeLessThanOrEqual(2);
    expect(await trips(plain)).toBeLessThanOrEqual(2);
    await goTo('2026-11-28T10:10:00Z');
    await begin('after days', ada);
    const late = () => host.gameplay.completeQuiz({ sessionId: sessionId('after days'), xp: 5 });
    expect(await trips(late)).toBeLessThanOrEqual(2);
    const told = await host.events({ limit: 1 });
    expect(told.map(({ key }) => key)).toEqual([expect.stringMatching(/^Streak\w+:.*:ada$/)]);
  });

  it('award XP in one round trip: of a known player, a new one, and again', async () => {
    const award = (id: string, player: UserId) => () =>
      host.gameplay.awardXp({ awardId: awardId(id), userId: player, amount: 5 });
    expect(await trips(award('one', ada))).toBe(1);
    expect(await trips(award('two', userId('newest')))).toBe(1);
    expect(await trips(award('one', ada))).toBe(1);
  });
});
