import {
  pinDatabaseClock,
  postgresAdapters,
  postgresDatabase,
  type PostgresDatabase,
} from '@gamekeeper/adapters-postgres';
import { createJobHost, type JobHost } from '@gamekeeper/composition';
import { awardId, defineJob, sessionId, userId } from '@gamekeeper/core';
import {
  engineTokens,
  gameTokens,
  type HostModule,
  type LivesRepository,
  type Outbox,
  type SessionRepository,
  type StreakRepository,
} from '@gamekeeper/core/ports';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock, memoryAdapters } from '@gamekeeper/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithPostgres } from '../server-suites.ts';
import { complaintsOf, type Row } from './rows.ts';
import { now } from './values.ts';

const when = { '1': 'options', '1.at': 'optional past instant', '1.tx': 'tx' } as const;
const read = { '1': 'options', '1.at': 'optional instant', '1.tx': 'tx' } as const;
const ada = userId('ada');
const tick = '2026-11-24T09:00:00Z';

const gameplay: Record<string, Row> = {
  startQuiz: {
    takes: [{ userId: ada, sessionId: sessionId('new'), username: 'Ada' }, {}],
    places: { '0': 'payload', '0.userId': 'id', '0.sessionId': 'optional id', '0.username': 'name', ...when },
  },
  completeQuiz: {
    takes: [{ sessionId: sessionId('one'), xp: 5, awardId: awardId('five') }, {}],
    places: { '0': 'payload', '0.sessionId': 'id', '0.xp': 'count', '0.awardId': 'optional id', ...when },
  },
  awardXp: {
    takes: [{ awardId: awardId('a'), userId: ada, amount: 5, earnedAt: now }, {}],
    places: {
      '0': 'payload',
      '0.awardId': 'id',
      '0.userId': 'id',
      '0.amount': 'count',
      '0.earnedAt': 'optional past instant',
      ...when,
    },
  },
  importXp: {
    takes: [{ awardId: awardId('b'), userId: ada, amount: 5, earnedAt: now }, {}],
    places: {
      '0': 'payload',
      '0.awardId': 'id',
      '0.userId': 'id',
      '0.amount': 'count',
      '0.earnedAt': 'past instant',
      '1': 'options',
      '1.tx': 'tx',
    },
  },
  grantProtection: { takes: [ada, {}], places: { '0': 'id', ...when } },
  updateCachedScores: {
    takes: [{ counted: true, scores: [], late: [] }],
    places: { '0': 'payload', '0.scores': 'list' },
  },
  updateCachedName: { takes: [ada], places: { '0': 'id' } },
};

const lives: Record<string, Row> = {
  spend: {
    takes: [ada, { idempotencyKey: 'once' }],
    places: { '0': 'id', ...when, '1.idempotencyKey': 'name' },
  },
  read: { takes: [ada, {}], places: { '0': 'id', ...read } },
};

const streaks: Record<string, Row> = {
  countQuiz: { takes: [ada, {}], places: { '0': 'id', ...when } },
  grantProtection: { takes: [ada, {}], places: { '0': 'id', ...when } },
  read: { takes: [ada, {}], places: { '0': 'id', ...read } },
};

const history = { userId: 'ida', username: 'Ida', xp: 5, periodXp: { weekly: 1 }, lastQuizAt: now };
const standing = { userId: 'ida', username: 'Ida', score: 5 };

const who = { by: 'support', reason: 'ticket 7' };

/** The places of who and why, at an index. */
function operation(at: number): NonNullable<Row['places']> {
  return {
    [at]: 'payload',
    [`${at}.by`]: 'payload',
    [`${at}.reason`]: 'payload',
    [`${at}.id`]: 'optional payload',
    [`${at}.tx`]: 'tx',
    [`${at}.why`]: 'unknown name',
  };
}

const players: Record<string, Row> = {
  rename: { takes: [ada, 'Ada', who], places: { '0': 'id', '1': 'name', ...operation(2) } },
  grantLives: { takes: [ada, 1, who], places: { '0': 'id', '1': 'count', ...operation(2) } },
  setStreak: {
    takes: [ada, { currentStreak: 1, longestStreak: 1, protections: 1 }, who],
    places: {
      '0': 'id',
      '1': 'payload',
      '1.currentStreak': 'optional count',
      '1.longestStreak': 'optional count',
      '1.protections': 'optional count',
      ...operation(2),
    },
  },
  adjustXp: { takes: [ada, 5, who], places: { '0': 'id', '1': 'amount', ...operation(2) } },
  erase: { takes: [userId('nobody'), who], places: { '0': 'id', ...operation(1) } },
  import: {
    takes: [[history], { onProgress: () => undefined }],
    places: {
      '0': 'source',
      '1': 'options',
      '1.onProgress': 'optional function',
    },
  },
  dryRunImport: {
    takes: [[history], { ticks: 1 }],
    places: { '0': 'source', '1': 'options', '1.ticks': 'optional count' },
  },
  importPeriod: {
    takes: [{ board: 'weekly', at: '2026-11-17T00:00:00Z', standings: [standing] }],
    places: {
      '0': 'payload',
      '0.board': 'key',
      '0.at': 'past instant',
      '0.standings': 'list',
    },
  },
};

const leaderboards: Record<string, Row> = {
  top: {
    takes: ['weekly', {}],
    places: {
      '0': 'key',
      '1': 'options',
      '1.limit': 'optional count',
      '1.cursor': 'optional key',
      '1.period': 'optional key',
    },
  },
  standing: {
    takes: ['weekly', ada, {}],
    places: { '0': 'key', '1': 'id', '2': 'options', '2.period': 'optional key' },
  },
  around: {
    takes: ['weekly', ada, {}],
    places: {
      '0': 'key',
      '1': 'id',
      '2': 'options',
      '2.before': 'optional count',
      '2.after': 'optional count',
      '2.period': 'optional key',
    },
  },
  size: { takes: ['weekly'], places: { '0': 'key' } },
  periods: {
    takes: ['weekly', {}],
    places: { '0': 'key', '1': 'options', '1.before': 'optional key', '1.limit': 'optional count' },
  },
  recalculate: { takes: ['weekly', {}], places: { '0': 'key', '1': 'options', '1.full': 'flag' } },
};

const host: Record<string, Row> = {
  // The host is open: any call that is not refused for its options throws HOST_STATE.
  open: {
    takes: [{}],
    places: { '0': 'options', '0.register': 'optional key', '0.migrate': 'flag' },
    refusalsOnly: true,
  },
  start: { takes: [] },
  watch: { takes: [] },
  checkSetup: { takes: [] },
  health: { takes: [] },
  counters: { takes: [] },
  metrics: { takes: [] },
  outboxLag: { takes: [] },
  pollEvents: { takes: [] },
  idle: { takes: [] },
  stop: { takes: [] },
  runNow: {
    takes: ['with-items', { tick }],
    places: { '0': 'key', '1': 'options', '1.tick': 'optional past instant' },
  },
  pause: { takes: ['session-cleanup'], places: { '0': 'key' } },
  resume: { takes: ['session-cleanup'], places: { '0': 'key' } },
  backfill: {
    takes: ['with-items', { from: tick, to: tick }],
    places: { '0': 'key', '1': 'payload', '1.from': 'past instant', '1.to': 'past instant' },
  },
  dryRun: {
    takes: ['session-cleanup', { tick }],
    places: { '0': 'key', '1': 'options', '1.tick': 'optional instant', '1.limit': 'optional count' },
  },
  whatIf: {
    takes: ['streak-update', { rules: { breakAfterHours: 36 } }],
    places: {
      '0': 'key',
      '1': 'payload',
      '1.rules': 'payload',
      '1.tick': 'optional instant',
      '1.sample': 'optional count',
    },
  },
  explain: {
    takes: [ada, {}],
    places: { '0': 'id', '1': 'options', '1.limit': 'optional count', '1.before': 'optional instant' },
  },
  runs: {
    takes: ['with-items', {}],
    places: {
      '0': 'name of a job',
      '1': 'options',
      '1.before': 'optional instant',
      '1.from': 'optional instant',
      '1.status': 'optional list',
      '1.limit': 'optional count',
    },
  },
  events: {
    takes: [{}],
    places: { '0': 'options', '0.before': 'optional key', '0.limit': 'optional count' },
  },
  retryFailedItems: { takes: ['with-items', tick], places: { '0': 'key', '1': 'instant' } },
  failedItems: {
    takes: ['with-items', {}],
    places: {
      '0': 'key',
      '1': 'options',
      '1.tick': 'optional instant',
      '1.after': 'optional payload',
      '1.limit': 'optional count',
    },
  },
};

const tables = [
  ['gameplay', gameplay],
  ['lives', lives],
  ['streaks', streaks],
  ['players', players],
  ['leaderboards', leaderboards],
  ['host', host],
] as const;

function partsOf(on: JobHost) {
  const { gameplay, lives, streaks, players, leaderboards } = on;
  return { gameplay, lives, streaks, players, leaderboards, host: on };
}

/** What `Gameplay` calls, with arguments that it has checked. */
const notForHosts = ['constructor', 'spendDecision', 'countDecision'];

it.each(tables)('every public method of %s has a row in its table', (part, table) => {
  const on = createJobHost({ modules: [memoryAdapters(), cronerScheduler()] });
  const prototype = Object.getPrototypeOf(partsOf(on)[part]) as object;
  const methods = Object.entries(Object.getOwnPropertyDescriptors(prototype))
    .filter(([name, { value }]) => typeof value === 'function' && !notForHosts.includes(name))
    .map(([name]) => name);
  expect(Object.keys(table).toSorted()).toEqual(methods.toSorted());
});

function describeStore(
  name: string,
  adapters: () => HostModule,
  { enter = async () => {}, leave = async () => {} }: Partial<Record<'enter' | 'leave', OnHost>> = {},
): void {
  describe(name, () => {
    const on = createJobHost({
      modules: [adapters(), cronerScheduler()],
      clock: new VirtualClock(now),
      jobs: [
        defineJob({
          name: 'with-items',
          schedule: { cron: '0 * * * *' },
          items: async () => [],
          batch: async () => ({ processed: 0, next: null }),
        }),
      ],
    });
    const parts = partsOf(on);

    beforeAll(async () => {
      await on.open();
      await enter(on);
      await on.gameplay.startQuiz({ userId: ada, sessionId: sessionId('one') });
      await on.gameplay.awardXp({ awardId: awardId('first'), userId: ada, amount: 1 });
    });
    afterAll(async () => {
      await leave(on);
      await on.stop();
    });

    async function everything(): Promise<unknown> {
      const { container, leaderboards } = on;
      const page = { limit: 100 };
      const boards = leaderboards.boards.map(({ key }) => key);
      return {
        lives: await container.get<LivesRepository>(gameTokens.lives.symbol).list(page),
        streaks: await container.get<StreakRepository>(gameTokens.streaks.symbol).list(page),
        sessions: await container.get<SessionRepository>(gameTokens.sessions.symbol).list(page),
        events: await container.get<Outbox>(engineTokens.outbox.symbol).list(page),
        boards: await Promise.all(boards.map((board) => leaderboards.top(board))),
        periods: await Promise.all(boards.map((board) => leaderboards.periods(board))),
        runs: await Promise.all(on.jobs.map(({ job }) => on.runs(job.name))),
        paused: (await on.health()).jobs.filter(({ verdict }) => verdict === 'paused'),
      };
    }

    it.each(tables)('refuses junk by name and changes nothing: %s', async (part, table) => {
      const before = await everything();
      const { complaints, calls } = await complaintsOf(
        table,
        (method) => (parts[part][method as never] as (...given: unknown[]) => unknown).bind(parts[part]),
        { returns: 'promises' },
      );
      expect(complaints).toEqual([]);
      expect(calls).toBeGreaterThan(100);
      expect(await everything()).toEqual(before);
    });

    it.each(tables)('takes what is right: %s', async (part, table) => {
      for (const [method, row] of Object.entries(table)) {
        if (!row.places || row.refusalsOnly) continue;
        const called = parts[part][method as never] as (...given: unknown[]) => unknown;
        await called.apply(parts[part], [...row.takes]);
      }
    });
  });
}

type OnHost = (host: JobHost) => Promise<void>;

const databaseOf = ({ container }: JobHost) => container.get<PostgresDatabase>(postgresDatabase.symbol);
/** What is over by the database's clock may be imported, whatever the host's says. */
const pinClock: OnHost = (host) => pinDatabaseClock(databaseOf(host), now);

describeStore('in memory', () => memoryAdapters());
describeStore('embedded', () => postgresAdapters({ memory: true, pinnableClock: true }), { enter: pinClock });
describeWithPostgres('on a server', (url) => {
  const schema = `gamekeeper_test_junk_${process.pid}`;
  describeStore('a schema of its own', () => postgresAdapters({ url, schema, pinnableClock: true }), {
    enter: pinClock,
    leave: (host) => databaseOf(host).dropSchema(),
  });
});
