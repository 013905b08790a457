import { RedisConnection } from '@gamekeeper/adapters-redis';
import { createJobHost } from '@gamekeeper/composition';
import { InMemorySeenEvents, InProcessEventBus, noThrottle, silentLogger } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock, memoryAdapters, memoryStore } from '@gamekeeper/testkit';
import type { Row } from './rows.ts';
import { now } from './values.ts';

const clock = new VirtualClock(now);
const ignore = (): void => undefined;
const connection = new RedisConnection({ url: 'redis://127.0.0.1:1' });
const batch = async () => ({ processed: 0, next: null });
const schedule = { cron: '0 * * * *', timeZone: 'UTC' };
const job = { name: 'own-job', schedule, batch };
const retry = { maxAttempts: 3, initialDelayMs: 10, maxDelayMs: 100 };
const modules = [memoryAdapters(), cronerScheduler()];
const host = createJobHost({ modules, clock, logger: silentLogger });
const health = { healthy: true, judgedAt: new Date(now), jobs: [], checks: [], outbox: { waiting: 0 } };
const alert = {
  key: 'k',
  kind: 'unhealthy',
  subject: 'check',
  check: 'own',
  verdict: 'unhealthy',
  severity: 'critical',
  since: now,
  raisedAt: now,
  text: 'a check failed',
  health: { check: 'own', verdict: 'unhealthy', severity: 'critical', text: 't', since: now, facts: null },
};
const sentry = {
  captureEvent: ignore,
  captureCheckIn: ignore,
  flush: async () => true,
  getClient: ignore,
  isEnabled: () => true,
};
const pool = { on: ignore, query: ignore, options: {} };
const em = { isInTransaction: () => true, getKysely: ignore };
const it = Object.assign(ignore, { skip: ignore });
const url = 'https://alerts.example.org/hook';

/** Every public function and constructor (`Class.method` for methods): arguments that it takes, and what it refuses. */
export const functionRows: Readonly<Record<string, Row>> = {
  // core
  userId: { takes: ['ada'], places: { '0': 'id' } },
  sessionId: { takes: ['one'], places: { '0': 'id' } },
  awardId: { takes: ['five'], places: { '0': 'id' } },
  instant: { takes: [now], places: { '0': 'instant' } },
  iso: { takes: [now], places: { '0': 'instant' } },
  localDate: { takes: ['Europe/Berlin', now], places: { '0': 'payload', '1': 'number of an instant' } },
  startOfDay: { takes: ['Europe/Berlin', '2026-11-24'], places: { '0': 'payload', '1': 'payload' } },
  addDays: { takes: ['2026-11-24', 1], places: { '0': 'payload' } },
  runThrottle: { takes: [noThrottle], places: { '0': 'own', '0.pauseMs': 'function' } },
  combineThrottles: { takes: [noThrottle], places: { '0': 'own', '0.pauseMs': 'function' } },
  AdaptiveThrottle: {
    takes: [{ slowdown: 2, maxPauseMs: 100 }],
    places: { '0': 'options', '0.slowdown': 'optional count', '0.maxPauseMs': 'optional count' },
  },
  eventBus: { takes: [new InProcessEventBus()], places: { '0': 'own', '0.publish': 'function' } },
  InProcessEventBus: {
    takes: [{ deadLetter: { maxAttempts: 1, handle: ignore } }],
    places: { '0': 'options', '0.deadLetter': 'options' },
  },
  'InProcessEventBus.subscribe': { takes: [ignore], places: { '0': 'function' } },
  InMemorySeenEvents: { takes: [{ limit: 5 }], places: { '0': 'options', '0.limit': 'optional count' } },
  deduplicate: {
    takes: [ignore, new InMemorySeenEvents()],
    places: { '0': 'function', '1': 'own', '1.has': 'function', '1.add': 'function' },
  },
  explanationText: {
    takes: [{ kind: 'renamed', at: now, username: 'Ada' }],
    places: { '0': 'payload', '0.kind': 'key' },
  },
  byType: {
    takes: [{ StreakBroken: ignore }],
    places: { '0': 'options of any name', '0.StreakBroken': 'optional function' },
  },
  logAlerts: {
    takes: [silentLogger, { name: 'log' }],
    places: {
      '0': 'own',
      '0.debug': 'function',
      '0.error': 'function',
      '1': 'options',
      '1.name': 'optional payload',
    },
  },
  defineJob: {
    takes: [{ ...job, retry, retryRun: retry, failing: {} }],
    places: {
      '0': 'payload',
      '0.name': 'payload',
      '0.schedule': 'payload',
      '0.missedTicks': 'optional payload',
      '0.appliedOnDemand': 'flag',
      '0.catchUpWindowMs': 'optional count',
      '0.delayMs': 'optional count',
      '0.lateAfterMs': 'optional count',
      '0.failing': 'options',
      '0.maxBatchSize': 'optional count',
      '0.targetBatchMs': 'optional count',
      '0.retry': 'options',
      '0.retryRun': 'options or null',
      '0.timeoutMs': 'optional count',
      '0.maxFailureRate': 'optional rate',
      '0.supportsDryRun': 'flag',
      '0.items': 'optional function',
      '0.isIdle': 'optional function',
      '0.batch': 'function',
      '0.bacth': 'unknown name',
    },
  },
  // composition
  createJobHost: {
    takes: [
      {
        modules,
        clock,
        logger: silentLogger,
        jobs: [],
        jobOverrides: {},
        observers: [],
        boards: [{ key: 'own', period: 'week' }],
        rules: {},
        health: {},
        relay: {},
        engine: {},
        instanceId: 'me',
      },
    ],
    places: {
      '0': 'payload',
      '0.modules': 'list',
      '0.clock': 'optional own',
      '0.logger': 'optional own',
      '0.jobs': 'optional list',
      '0.jobOverrides': 'options',
      '0.observers': 'optional list',
      '0.boards': 'optional list',
      '0.rules': 'options',
      '0.health': 'options',
      '0.relay': 'options',
      '0.engine': 'options',
      '0.instanceId': 'optional payload',
      '0.module': 'unknown name',
    },
  },
  toContainerModule: { takes: [modules[0]], places: { '0': 'payload' } },
  consoleLogger: { takes: [{ level: 'warn' }], places: { '0': 'options', '0.level': 'optional payload' } },
  // adapters
  postgresAdapters: {
    takes: [{ memory: true }],
    places: {
      '0': 'payload',
      '0.memory': 'flag',
      '0.schema': 'optional payload',
      '0.migrate': 'flag',
      '0.pinnableClock': 'flag',
      '0.migrationTimeoutMs': 'optional count',
      '0.poolsize': 'unknown name',
    },
  },
  PostgresDatabase: { takes: [{ memory: true }], places: { '0': 'payload', '0.memory': 'flag' } },
  postgresTransaction: { takes: [em], places: { '0': 'payload' } },
  entityManagerOf: { takes: [{}], places: { '0': 'tx' }, refusalsOnly: true },
  pinDatabaseClock: {
    takes: [{ within: async () => undefined, isClockPinnable: true, tables: {} }, now],
    places: { '0': 'payload', '1': 'instant or null' },
  },
  watchPool: {
    takes: [pool, {}],
    places: { '0': 'payload', '1': 'options', '1.connectTimeoutMs': 'optional count' },
  },
  pgBossScheduler: {
    takes: [{ url: 'postgres://127.0.0.1:1/game', schema: 'boss', queuePrefix: 'a', pollIntervalMs: 500 }],
    places: {
      '0': 'options',
      '0.url': 'payload',
      '0.queuePrefix': 'optional payload',
      '0.pollIntervalMs': 'optional count',
      '0.heartbeatMs': 'optional count',
      '0.joinTransaction': 'optional function',
    },
  },
  bullMqScheduler: {
    takes: [{ url: 'redis://127.0.0.1:1', keyPrefix: 'a' }],
    places: { '0': 'options', '0.url': 'payload', '0.keyPrefix': 'optional payload' },
  },
  redisConnection: {
    takes: [{ url: 'redis://127.0.0.1:1' }],
    places: { '0': 'payload', '0.url': 'payload', '0.keyPrefix': 'optional payload' },
  },
  RedisConnection: { takes: [{ url: 'redis://127.0.0.1:1' }], places: { '0': 'payload' } },
  redisLeaderboards: {
    takes: [{ keepClosedDays: 1 }],
    places: { '0': 'options', '0.keepClosedDays': 'optional count', '0.timeoutMs': 'optional count' },
  },
  redisEventBus: {
    takes: [{}],
    places: {
      '0': 'options',
      '0.partitions': 'optional count',
      '0.maxLength': 'optional count',
      '0.onDropped': 'optional function',
      '0.logger': 'optional own',
    },
  },
  RedisEventBus: { takes: [connection, {}], places: { '0': 'payload', '1': 'options' } },
  RedisEventConsumer: {
    takes: [connection, { group: 'mailer', handler: ignore }],
    places: {
      '0': 'payload',
      '1': 'payload',
      '1.group': 'payload',
      '1.handler': 'function',
      '1.startAt': 'optional payload',
      '1.partitions': 'optional count',
      '1.maxDeliveries': 'optional count',
      '1.initialDelayMs': 'optional count',
      '1.leaseMs': 'optional count',
      '1.pollIntervalMs': 'optional count',
      '1.batchSize': 'optional count',
      '1.onDropped': 'optional function',
      '1.logger': 'optional own',
      '1.handle': 'unknown name',
    },
  },
  RedisSeenEvents: {
    takes: [connection, { consumer: 'mailer' }],
    places: { '0': 'payload', '1': 'payload', '1.consumer': 'payload', '1.keepMs': 'optional count' },
  },
  CronerScheduleParser: { takes: [] },
  'CronerScheduleParser.parse': {
    takes: [schedule],
    places: { '0': 'payload', '0.cron': 'payload', '0.timeZone': 'optional payload' },
  },
  // alerts
  alertJson: { takes: [alert], places: { '0': 'payload' } },
  webhookSignature: {
    takes: ['0123456789abcdef', '{}', now],
    places: { '0': 'any text', '1': 'any text', '2': 'instant' },
  },
  webhookAlerts: {
    takes: [{ url }],
    places: {
      '0': 'payload',
      '0.url': 'payload',
      '0.name': 'optional payload',
      '0.headers': 'options of any name',
      '0.secret': 'optional payload',
      '0.body': 'optional function',
    },
  },
  slackAlerts: {
    takes: [{ url }],
    places: { '0': 'payload', '0.url': 'payload', '0.mention': 'optional payload' },
  },
  emailAlerts: {
    takes: [{ transport: { sendMail: ignore }, from: 'a@b.example', to: ['c@d.example'] }],
    places: { '0': 'payload', '0.transport': 'options of any name', '0.from': 'payload', '0.to': 'payload' },
  },
  sentryAlerts: { takes: [{ sentry }], places: { '0': 'payload', '0.sentry': 'payload' } },
  sentryCheckIns: {
    takes: [{ sentry }],
    places: {
      '0': 'payload',
      '0.sentry': 'payload',
      '0.jobs': 'optional function',
      '0.only': 'optional list',
      '0.slugPrefix': 'optional text',
    },
  },
  // dashboard
  dashboard: {
    takes: [
      host,
      {
        basePath: '/internal',
        timeoutMs: 100,
        allowedOrigins: ['https://ops.example.org'],
        access: () => 'read',
      },
    ],
    places: {
      '0': 'payload',
      '1': 'options',
      '1.access': 'optional function',
      '1.basePath': 'optional text',
      '1.timeoutMs': 'optional count',
    },
  },
  // health
  healthHandler: {
    takes: [host, { prefix: '/internal' }],
    places: {
      '0': 'payload',
      '1': 'options',
      '1.prefix': 'optional text',
      '1.timeoutMs': 'optional count',
      '1.openTimeoutMs': 'optional count',
    },
  },
  serveHealth: {
    takes: [host, { port: 0, handlers: { '/dashboard': ignore } }],
    places: {
      '0': 'payload',
      '1': 'payload',
      '1.port': 'count',
      '1.hostname': 'optional payload',
      '1.allowedHosts': 'optional list',
      '1.handlers': 'options of any name',
    },
    refusalsOnly: true,
  },
  healthJson: { takes: [{ ...health, degraded: [], oldestUnsealed: null }], places: { '0': 'payload' } },
  problemOfRefusal: {
    takes: [{ ok: false, reason: 'no-lives', lives: { nextRegenAt: new Date(now) } }],
    places: { '0': 'payload', '0.ok': 'payload', '0.reason': 'payload' },
  },
  problemResponse: {
    takes: [{ type: 'about:blank', title: 'Not found', status: 404 }],
    places: { '0': 'payload', '0.status': 'count' },
  },
  nodeListener: {
    takes: [ignore, { fullPath: true }],
    places: { '0': 'function', '1': 'options', '1.fullPath': 'flag' },
  },
  OnGameEvent: {
    takes: ['StreakBroken'],
    places: { '0': 'payload' },
  },
  nestLogger: {
    takes: [{ log: ignore, warn: ignore, error: ignore }],
    places: { '0': 'optional own', '0.log': 'function', '0.warn': 'function' },
  },
  GamekeeperHealthIndicator: { takes: [host], places: { '0': 'payload' } },
  telemetry: {
    takes: [{}],
    places: { '0': 'options', '0.tracerProvider': 'optional own', '0.meterProvider': 'optional own' },
  },
  healthGauges: {
    takes: [host, {}],
    places: {
      '0': 'payload',
      '1': 'options',
      '1.timeoutMs': 'optional count',
      '1.meterProvider': 'optional own',
    },
  },
  // testkit
  testHost: {
    takes: [
      {
        now,
        modules,
        start: false,
        settleTimeoutMs: 10_000,
        logger: silentLogger,
        jobs: [],
        jobOverrides: {},
        rules: {},
        health: { alerts: [], checks: [] },
        relay: {},
        engine: {},
      },
    ],
    places: {
      '0': 'options',
      '0.now': 'optional instant',
      '0.modules': 'optional list',
      '0.start': 'flag',
      '0.settleTimeoutMs': 'optional count',
      '0.logger': 'optional own',
      '0.jobs': 'optional list',
      '0.jobOverrides': 'options',
      '0.rules': 'options',
      '0.health': 'options',
      '0.relay': 'options',
      '0.engine': 'options',
      '0.clok': 'unknown name',
    },
  },
  VirtualClock: {
    takes: [now, {}],
    places: { '0': 'instant', '1': 'options', '1.settle': 'optional function' },
  },
  'VirtualClock.setTimer': { takes: [now, ignore], places: { '0': 'instant', '1': 'function' } },
  'VirtualClock.advanceBy': { takes: [5], places: { '0': 'number of an instant' } },
  'VirtualClock.advanceTo': { takes: [now], places: { '0': 'instant' } },
  'VirtualClock.jumpTo': { takes: [now], places: { '0': 'instant' } },
  IntervalSchedule: { takes: [30], places: { '0': 'count' } },
  MemoryPost: {
    takes: [clock, { loses: 0.5, maxDelayMs: 5 }],
    places: {
      '0': 'own',
      '0.setTimer': 'function',
      '1': 'options',
      '1.maxDelayMs': 'optional count',
      '1.random': 'optional function',
    },
  },
  memoryStore: { takes: [clock], places: { '0': 'own', '0.now': 'function' } },
  memoryAdapters: { takes: [memoryStore(clock)], places: { '0': 'optional payload' } },
  runContract: { takes: [[], it], places: { '0': 'list', '1': 'own', '1.skip': 'function' } },
  livesRepositoryContract: {
    takes: [{ create: ignore, supports: {}, examples: 1, seed: 1 }],
    places: {
      '0': 'payload',
      '0.create': 'function',
      '0.supports': 'options',
      '0.examples': 'optional count',
      '0.seed': 'optional rate',
    },
  },
};
