import {
  InProcessEventBus,
  defineJob,
  eventBus,
  instant,
  userId,
  type Alert,
  type HealthCheck,
  type Transactions,
} from '@gamekeeper/core';
import { engineTokens, type HostModule, type RunLedger, type Outbox } from '@gamekeeper/core/ports';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock, memoryAdapters, memoryStore } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { KeptLog, memoryHost, noBuiltInJobs, start } from '../test/hosts.ts';
import { createJobHost } from './create-job-host.ts';
import type { JobHostOptions } from './host-options.ts';
import type { JobHost } from './job-host.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Several hosts on one store, and what they tell people. */
class Backend {
  readonly clock = new VirtualClock(start);
  readonly store = memoryStore(this.clock);
  readonly told: Alert[] = [];

  host({ modules = [], health, ...options }: Partial<JobHostOptions> = {}): JobHost {
    const mail = { name: 'mail', send: async (alert: Alert) => void this.told.push(alert) };
    return createJobHost({
      modules: [memoryAdapters(this.store), cronerScheduler(), ...modules],
      clock: this.clock,
      logger: new KeptLog(),
      health: { alerts: [{ channel: mail }], ...health },
      ...options,
    });
  }

  get texts(): readonly string[] {
    return this.told.map(({ text }) => text);
  }
}

const stalled = (): HostModule => {
  const bus = new InProcessEventBus();
  bus.subscribe(() => new Promise(() => undefined));
  return eventBus(bus);
};

async function write(host: JobHost, key: string): Promise<void> {
  const outbox = host.container.get<Outbox>(engineTokens.outbox.symbol);
  const event = { type: 'Told', key, occurredAt: instant(start), payload: { userId: 'ann' } };
  await host.container
    .get<Transactions>(engineTokens.transactions.symbol)
    .run((tx) => outbox.append(tx, [event]));
}

const names = (host: JobHost): Promise<readonly string[]> =>
  host.health().then(({ checks }) => checks.map(({ check }) => check));

describe('the checks of a host', () => {
  it('are those of clocks and of boards that it resets, and of the outbox where a bus is bound', async () => {
    const backend = new Backend();
    const [plain, withBus, withoutResets] = [
      backend.host(),
      backend.host({ modules: [stalled()] }),
      backend.host({ jobOverrides: noBuiltInJobs() }),
    ];
    for (const host of [plain, withBus, withoutResets]) await host.open();
    expect(await names(plain)).toEqual(['clock', 'board-weekly', 'board-monthly']);
    expect(await names(withBus)).toEqual(['clock', 'outbox', 'board-weekly', 'board-monthly']);
    expect(await names(withoutResets)).toEqual(['clock']);
  });

  it('come from modules and options too, made from what the host binds', async () => {
    const check = (name: string): HealthCheck => ({
      name,
      judge: async () => ({ facts: { name }, finding: null }),
    });
    const module: HostModule = {
      name: 'payments',
      bindings: [],
      healthChecks: (resolve) => [
        check('payment-queue'),
        check(`has-${typeof resolve(engineTokens.ledger)}`),
      ],
    };
    const { host } = memoryHost({
      jobOverrides: noBuiltInJobs(),
      modules: [module],
      health: { checks: [check('mine'), (resolve) => check(`mine-${typeof resolve(engineTokens.clock)}`)] },
    });
    await host.open();
    expect(await names(host)).toEqual(['clock', 'payment-queue', 'has-object', 'mine', 'mine-object']);
  });

  const judge: HealthCheck['judge'] = async () => ({ facts: {}, finding: null });
  it.each<[string, string, unknown]>([
    ['a name of a job', 'health.checks', [{ name: 'streak-update', judge }]],
    ['a name of a job of the host', 'health.checks', [{ name: 'sweep', judge }]],
    ['a name of a check', 'health.checks', [{ name: 'clock', judge }]],
    [
      'two of one name',
      'health.checks',
      [
        { name: 'one', judge },
        { name: 'one', judge },
      ],
    ],
    ['a name with blanks', 'health.checks.name', [{ name: 'my check', judge }]],
    ['no name', 'health.checks.name', [{ judge }]],
    ['nothing at all', 'health.checks.name', [null]],
    ['nothing that judges', 'health.checks.one.judge', [{ name: 'one', judge: 5 }]],
    ['no list', 'health.checks', { name: 'one', judge }],
  ])('refuse %s', (_, option, checks) => {
    const sweep = defineJob({
      name: 'sweep',
      schedule: { cron: '* * * * *' },
      batch: async () => ({ processed: 0, next: null }),
    });
    expect(() => memoryHost({ jobs: [sweep], health: { checks: checks as never } })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option }),
    );
  });
});

describe('outcome 4: an outbox that nobody empties', () => {
  it('is unhealthy and told of once by three hosts, in time, and its end once', async () => {
    const backend = new Backend();
    const release = Promise.withResolvers<void>();
    const bus = new InProcessEventBus();
    bus.subscribe(() => release.promise);
    const health = { outbox: { maxWaitMs: 5 * MINUTE_MS } };
    const hosts = [1, 2, 3].map(() =>
      backend.host({ modules: [eventBus(bus)], jobOverrides: noBuiltInJobs(), health }),
    );
    for (const host of hosts) await host.start();
    await write(hosts[0]!, 'a');
    await backend.clock.advanceBy(5 * MINUTE_MS);
    expect(backend.texts).toEqual([]);
    expect((await hosts[0]!.health()).healthy).toBe(true);
    await backend.clock.advanceBy(MINUTE_MS + 15_000);
    expect(backend.texts).toEqual([
      'outbox is unhealthy: the oldest of 1 waiting events was written 6 min ago, more than 5 min',
    ]);
    expect(await hosts[0]!.health()).toMatchObject({ healthy: false, outbox: { pending: 1 } });
    await backend.clock.advanceBy(HOUR_MS);
    expect(backend.told).toHaveLength(1);
    release.resolve();
    await backend.clock.advanceBy(10 * MINUTE_MS);
    expect(backend.texts.slice(1)).toEqual(['outbox is healthy again']);
    await Promise.all([...hosts.map((host) => host.stop()), backend.clock.advanceBy(MINUTE_MS)]);
  });

  it('is noticed by a host that only watches', async () => {
    const backend = new Backend();
    const host = backend.host({ modules: [stalled()], jobOverrides: noBuiltInJobs() });
    await host.watch();
    await write(host, 'a');
    await backend.clock.advanceBy(12 * MINUTE_MS);
    expect(backend.told).toMatchObject([{ check: 'outbox', severity: 'critical' }]);
    await host.stop();
  });
});

describe('outcome 12: a period that is sealed but not archived', () => {
  it('is in the health, told of once, and its end once', async () => {
    const backend = new Backend();
    const { periodResets } = backend.store;
    const monday = instant('2026-11-30T00:00:00Z');
    const hosts = [backend.host(), backend.host()];
    for (const host of hosts) await host.start();
    await hosts[0]!.gameplay.awardXp({
      awardId: 'a' as never,
      userId: userId('ada'),
      amount: 5,
      earnedAt: backend.clock.now(),
    });
    const archive = periodResets.archive.bind(periodResets);
    periodResets.archive = () => Promise.reject(new Error('no space left'));
    await backend.clock.advanceTo(monday + 30 * MINUTE_MS);
    expect(await hosts[1]!.health()).toMatchObject({
      healthy: false,
      oldestUnsealed: null,
      oldestUnfinished: {
        board: 'weekly',
        period: '2026-W48',
        sealedAt: new Date(monday),
        isArchived: false,
      },
    });
    expect(
      backend.told.map(({ kind, ...alert }) => [kind, 'check' in alert ? alert.check : alert.job]),
    ).toEqual([
      ['unhealthy', 'leaderboard-reset-weekly'],
      ['unhealthy', 'board-weekly'],
    ]);
    periodResets.archive = archive;
    await backend.clock.advanceBy(2 * MINUTE_MS);
    expect(await hosts[1]!.health()).toMatchObject({ healthy: true, oldestUnfinished: null });
    expect(backend.texts.slice(2).toSorted()).toEqual([
      'board-weekly is healthy again',
      'leaderboard-reset-weekly is healthy again',
    ]);
    const ledger = hosts[0]!.container.get<RunLedger>(engineTokens.ledger.symbol);
    const [run] = await ledger.runs('leaderboard-reset-weekly', { limit: 1 });
    expect(run).toMatchObject({ tick: monday, status: 'succeeded' });
    await Promise.all(hosts.map((host) => host.stop()));
  });
});
