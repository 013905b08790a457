import {
  IntervalSchedule,
  MemoryDatabase,
  MemoryFailedItems,
  MemoryPost,
  MemoryTallies,
  VirtualClock,
  memoryJobPorts,
  type PostFaults,
} from '@gamekeeper/testkit';
import { describe, expect, it, vi } from 'vitest';
import { Mortal } from '../../../test/mortal.ts';
import type { Clock } from '../time/clock.ts';
import { HOUR_MS, MINUTE_MS, addMs, instant } from '../time/instant.ts';
import { StoreUnavailableError, type Transactions } from '../transactions/transactions.ts';
import type { Courier } from './courier.ts';
import type { CourierRole } from './dispatch.ts';
import { defineJob, type Batch, type JobOptions } from './job-definition.ts';
import { JobEngine } from './job-engine.ts';
import { combineObservers, type AttemptReport, type ShardReport } from './run-observer.ts';
import { TimerScheduler } from './timer-scheduler.ts';

const start = instant('2026-11-24T00:10:00Z');
const leaseMs = 15_000;
const PARTS = ['a', 'b', 'c'];
const job = 'sweep';

interface HostOptions extends Partial<JobOptions> {
  readonly everyMinutes?: number;
  readonly bellMinutes?: number;
  readonly role?: CourierRole;
  readonly courier?: Courier;
  readonly clock?: Clock;
  readonly transactions?: Transactions;
  readonly shardConcurrency?: number;
}

/** A store, a queue, and hosts; nothing protects the steps of the job from being done twice. */
class Fleet {
  readonly clock = new VirtualClock(start);
  readonly database = new MemoryDatabase(this.clock);
  readonly ports = memoryJobPorts(this.database);
  readonly failedItems = new MemoryFailedItems(this.database);
  readonly steps = new MemoryTallies(this.database);
  readonly post: MemoryPost;
  readonly reports: (AttemptReport & { readonly by: string })[] = [];
  readonly shards: ShardReport[] = [];
  readonly told: string[] = [];

  constructor(faults: Partial<PostFaults> = {}) {
    this.post = new MemoryPost(this.clock, { random: () => 0, ...faults });
  }

  async host(
    instanceId: string,
    {
      role = 'both',
      courier = this.post.open(),
      clock = this.clock,
      transactions = this.database,
      shardConcurrency = 1,
      everyMinutes = 60,
      bellMinutes = 0.25,
      ...options
    }: HostOptions = {},
  ): Promise<JobEngine> {
    const engine = new JobEngine({
      ...this.ports,
      jobs: [{ job: this.job(options), schedule: new IntervalSchedule(everyMinutes) }],
      bellMs: bellMinutes * MINUTE_MS,
      instanceId,
      clock,
      failedItems: this.failedItems,
      transactions,
      leaseMs,
      shardConcurrency,
      scheduler: new TimerScheduler(clock),
      courier,
      role,
      random: () => 0.5,
      observer: combineObservers([
        {
          runEnded: (report) => this.reports.push({ ...report, by: instanceId }),
          shardEnded: (report) => this.shards.push(report),
          engineFailed: (_job, _error, delayMs) => this.told.push(`${instanceId}: blocked for ${delayMs} ms`),
          engineRecovered: () => this.told.push(`${instanceId}: recovered`),
          courierFailed: (error) => this.told.push(`${instanceId}: ${String(error)}`),
          courierRecovered: () => this.told.push(`${instanceId}: recovered`),
        },
      ]),
    });
    await engine.register();
    engine.start();
    return engine;
  }

  async done(): Promise<readonly string[]> {
    return [...(await this.steps.list())].sort();
  }

  /** How late the run of the newest tick ended, in milliseconds. */
  async latenessMs(): Promise<number> {
    const [run] = await this.ports.ledger.runs(job, { limit: 1 });
    return (run?.finishedAt ?? Infinity) - (run?.tick ?? 0);
  }

  job(options: Partial<JobOptions>) {
    return defineJob({
      name: job,
      schedule: { cron: '0 * * * *' },
      retry: { maxAttempts: 2, initialDelayMs: 1_000 },
      batch: async ({ tx, shard, asOf }: Batch) => {
        await this.steps.add(tx, `${shard === null ? 'all' : (shard as string)} ${hourOf(asOf)}`);
        return { processed: 1, next: null };
      },
      ...options,
    });
  }

  readonly inShards = {
    shards: async () => ({ parts: PARTS }),
    finish: async ({ tx, asOf }: Pick<Batch, 'tx' | 'asOf'>) => this.steps.add(tx, `finish ${hourOf(asOf)}`),
  } satisfies Partial<JobOptions>;
}

const hourOf = (at: number): number => new Date(at).getUTCHours();
const at = (time: string) => instant(`2026-11-24T${time}Z`);

describe('work that a courier carries', () => {
  it('law 1: runs every tick once, on hosts that work, sent by hosts that send', async () => {
    const fleet = new Fleet();
    await fleet.host('sends', { role: 'send' });
    await fleet.host('works', { role: 'work' });
    await fleet.clock.advanceTo(at('03:30:00'));
    expect(await fleet.done()).toEqual(['all 1 = 1', 'all 2 = 1', 'all 3 = 1']);
    expect(new Set(fleet.reports.map(({ by }) => by))).toEqual(new Set(['works']));
    expect(await fleet.latenessMs()).toBe(0);
  });

  it('runs nothing on hosts that only send, and sends nothing from hosts that only work', async () => {
    for (const role of ['send', 'work'] as const) {
      const fleet = new Fleet();
      await fleet.host('alone', { role });
      await fleet.clock.advanceTo(at('02:30:00'));
      expect(await fleet.done()).toEqual([]);
      expect(fleet.post.waiting).toBe(role === 'send' ? 2 : 0);
    }
  });

  it('law 1: sends each shard of a divided run, and finishes it once', async () => {
    const fleet = new Fleet();
    await fleet.host('sends', { role: 'send', ...fleet.inShards });
    for (const name of ['one', 'two', 'three']) await fleet.host(name, { role: 'work', ...fleet.inShards });
    await fleet.clock.advanceTo(at('02:30:00'));
    expect(await fleet.done()).toEqual(
      [1, 2].flatMap((hour) => ['a', 'b', 'c', 'finish'].map((part) => `${part} ${hour} = 1`)).sort(),
    );
    expect(fleet.shards.map(({ claim }) => claim.shard.index).sort((a, b) => a - b)).toEqual([
      0, 0, 1, 1, 2, 2,
    ]);
    expect(await fleet.latenessMs()).toBe(0);
  });

  it.each([
    ['in the transaction that divides their run', false],
    ['after it, if the courier fails in it', true],
  ])('sends shards %s', async (_when, fails) => {
    const fleet = new Fleet();
    const open = fleet.post.open();
    const sent: string[] = [];
    const courier: Courier = {
      supports: { ...open.supports, joinsTransaction: true },
      consume: (jobs, handle) => open.consume(jobs, handle),
      send: async (items, tx) => {
        const shards = items.filter(({ shard }) => shard).length;
        if (shards > 0) sent.push(`${shards} ${tx ? `in ${tx.store}` : 'alone'}`);
        if (tx && fails) throw new Error('no table');
        await open.send(items);
      },
    };
    await fleet.host('one', { courier, ...fleet.inShards });
    await fleet.clock.advanceTo(at('01:00:05'));
    expect(sent).toEqual(fails ? ['3 in memory', '3 alone'] : ['3 in memory']);
    expect(await fleet.done()).toEqual(['a 1 = 1', 'b 1 = 1', 'c 1 = 1', 'finish 1 = 1']);
    expect(fleet.reports.map(({ end }) => end)).toEqual(['divided', 'succeeded']);
  });

  it('gives a shard back that the store could not claim, says so once, and ends it', async () => {
    const fleet = new Fleet();
    const away = new StoreUnavailableError('the store', 'refused');
    const claim = vi.spyOn(fleet.ports.shardLedger, 'claim').mockRejectedValueOnce(away);
    await fleet.host('sends', { role: 'send', ...fleet.inShards });
    const works = await fleet.host('works', { role: 'work', ...fleet.inShards });
    await fleet.clock.advanceTo(at('01:00:00'));
    expect(claim).toHaveBeenCalled();
    expect(fleet.told).toEqual(['works: blocked for 375 ms']);
    await fleet.clock.advanceTo(at('01:00:30'));
    expect(await fleet.done()).toEqual(['a 1 = 1', 'b 1 = 1', 'c 1 = 1', 'finish 1 = 1']);
    expect(fleet.told).toEqual(['works: blocked for 375 ms', 'works: recovered']);
    expect(await works.stop(1_000)).toBe(true);
  });

  it('does not begin a shard that it is given while it stops', async () => {
    const fleet = new Fleet();
    const held = Promise.withResolvers<void>();
    const open = fleet.post.open();
    const courier: Courier = {
      supports: open.supports,
      send: (items) => open.send(items),
      consume: (jobs, handle) =>
        open.consume(jobs, async (item) => {
          if (item.shard) await held.promise;
          await handle(item);
        }),
    };
    await fleet.host('sends', { role: 'send', ...fleet.inShards });
    const works = await fleet.host('works', { role: 'work', courier, ...fleet.inShards });
    await fleet.clock.advanceTo(at('01:00:00'));
    const claim = vi.spyOn(fleet.ports.shardLedger, 'claim');
    const stopped = works.stop(1_000);
    held.resolve();
    await fleet.clock.advanceBy(1_000);
    await stopped;
    expect(claim).not.toHaveBeenCalled();
    await fleet.host('heir', { role: 'work', ...fleet.inShards });
    await fleet.clock.advanceTo(at('01:01:00'));
    expect(await fleet.done()).toEqual(['a 1 = 1', 'b 1 = 1', 'c 1 = 1', 'finish 1 = 1']);
  });

  it('catches up, oldest first, when hosts come that work', async () => {
    const fleet = new Fleet();
    await fleet.host('sends', { role: 'send', ...fleet.inShards });
    await fleet.clock.advanceTo(at('03:30:00'));
    await fleet.host('works', { role: 'work', ...fleet.inShards });
    await fleet.clock.advanceBy(2 * MINUTE_MS);
    const finished = fleet.reports.filter(({ end }) => end === 'succeeded').map(({ tick }) => hourOf(tick));
    expect(finished).toEqual([1, 2, 3]);
    expect((await fleet.done()).every((line) => line.endsWith('= 1'))).toBe(true);
  });

  it.each([
    ['loses two of three', { loses: 0.9 }],
    ['doubles everything', { doubles: 1 }],
    ['delays and reorders', { delays: 0.9, maxDelayMs: 20_000 }],
  ])('law 2: runs every tick and shard once by a courier that %s', async (_name, faults) => {
    let seed = 7;
    const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    const fleet = new Fleet({ ...faults, random });
    for (const name of ['one', 'two']) await fleet.host(name, fleet.inShards);
    await fleet.clock.advanceTo(at('05:50:00'));
    expect(await fleet.done()).toEqual(
      [1, 2, 3, 4, 5]
        .flatMap((hour) => ['a', 'b', 'c', 'finish'].map((part) => `${part} ${hour} = 1`))
        .sort(),
    );
  });

  it('sends again within an interval of the bell what the courier has lost', async () => {
    const fleet = new Fleet();
    await fleet.host('sends', { role: 'send' });
    await fleet.clock.advanceTo(at('01:00:00'));
    fleet.post.loseAll();
    await fleet.host('works', { role: 'work' });
    await fleet.clock.advanceBy(15_000);
    expect(await fleet.done()).toEqual(['all 1 = 1']);
  });

  it('takes the work itself, and says so once, while the courier is away', async () => {
    const fleet = new Fleet();
    let isAway = true;
    const open = fleet.post.open();
    const courier: Courier = {
      supports: open.supports,
      consume: (jobs, handle) => open.consume(jobs, handle),
      send: async (items) => {
        if (isAway) throw new Error('no connection');
        await open.send(items);
      },
    };
    await fleet.host('one', { courier, ...fleet.inShards, shardConcurrency: 2 });
    await fleet.clock.advanceTo(at('01:30:00'));
    expect(await fleet.done()).toEqual(['a 1 = 1', 'b 1 = 1', 'c 1 = 1', 'finish 1 = 1']);
    expect(await fleet.latenessMs()).toBeLessThan(3 * MINUTE_MS);
    expect(new Set(fleet.told)).toEqual(new Set(['one: Error: no connection']));
    isAway = false;
    await fleet.clock.advanceTo(at('02:30:00'));
    expect(fleet.told.at(-1)).toBe('one: recovered');
    expect(await fleet.latenessMs()).toBe(0);
  });

  it('takes the work itself also if ticks come faster than the bell rings', async () => {
    const fleet = new Fleet();
    const open = fleet.post.open();
    const courier: Courier = {
      supports: open.supports,
      consume: (jobs, handle) => open.consume(jobs, handle),
      send: () => Promise.reject(new Error('no connection')),
    };
    await fleet.host('one', { courier, everyMinutes: 1, bellMinutes: 5 });
    await fleet.clock.advanceTo(at('00:59:30'));
    const { length } = await fleet.ports.ledger.runs(job, { limit: 100 });
    expect(length).toBeGreaterThanOrEqual(35);
  });

  it('tries again to receive while the courier is away', async () => {
    const fleet = new Fleet();
    const open = fleet.post.open();
    let refusals = 3;
    const courier: Courier = {
      supports: open.supports,
      send: (items) => open.send(items),
      consume: async (jobs, handle) => {
        if ((refusals -= 1) >= 0) throw new Error('no queue');
        return open.consume(jobs, handle);
      },
    };
    await fleet.host('sends', { role: 'send' });
    await fleet.host('works', { role: 'work', courier });
    await fleet.clock.advanceTo(at('01:00:00'));
    expect(await fleet.done()).toEqual(['all 1 = 1']);
    expect(fleet.told).toEqual(Array.from({ length: 3 }, () => 'works: Error: no queue'));
  });

  it.each([1, 2])(
    'law 2: a run or a shard of a killed host (at its transaction %i) is taken over within 30 s',
    async (count) => {
      const fleet = new Fleet();
      const mortal = new Mortal({ clock: fleet.clock, transactions: fleet.database }, count - 1);
      const courier = fleet.post.open();
      await fleet.host('sends', { role: 'send', ...fleet.inShards });
      await fleet.host('dies', {
        role: 'work',
        courier,
        clock: mortal,
        transactions: mortal,
        ...fleet.inShards,
        shardConcurrency: 3,
      });
      await fleet.clock.advanceTo(at('01:00:00'));
      expect(mortal.isDead).toBe(true);
      // It has lost what it was doing; the bell is what must notice.
      courier.die();
      fleet.post.loseAll();
      await fleet.host('heir', { role: 'work', ...fleet.inShards });
      await fleet.clock.advanceBy(30_000);
      expect(await fleet.done()).toEqual(['a 1 = 1', 'b 1 = 1', 'c 1 = 1', 'finish 1 = 1']);
      expect(await fleet.latenessMs()).toBeLessThan(30_000);
    },
  );

  it('repeats a failed run by its policy, and only the shards that failed', async () => {
    const fleet = new Fleet();
    let failures = 2;
    const options = {
      ...fleet.inShards,
      retryRun: { maxAttempts: 10, initialDelayMs: 5_000 },
      batch: async ({ tx, shard, asOf }: Batch) => {
        if (shard === 'b' && (failures -= 1) >= 0) throw new Error('disk full');
        await fleet.steps.add(tx, `${String(shard)} ${hourOf(asOf)}`);
        return { processed: 1, next: null };
      },
    };
    await fleet.host('sends', { role: 'send', ...options });
    await fleet.host('works', { role: 'work', ...options });
    await fleet.clock.advanceTo(at('01:10:00'));
    expect(await fleet.done()).toEqual(['a 1 = 1', 'b 1 = 1', 'c 1 = 1', 'finish 1 = 1']);
  });

  it('begins a run with a delay when the delay is over', async () => {
    const fleet = new Fleet();
    await fleet.host('one', { delayMs: 10_000 });
    await fleet.clock.advanceTo(at('01:00:09.999'));
    expect(await fleet.done()).toEqual([]);
    await fleet.clock.advanceTo(at('01:00:10'));
    expect(await fleet.done()).toEqual(['all 1 = 1']);
  });

  it('gives back what it has in progress when it stops, and another host ends it', async () => {
    const fleet = new Fleet();
    const gate = Promise.withResolvers<void>();
    let begun = 0;
    const batch = async ({ tx, checkpoint }: Batch) => {
      begun += 1;
      if (begun === 1) await gate.promise;
      await fleet.steps.add(tx, `step ${checkpoint === null ? 1 : 2}`);
      return { processed: 1, next: checkpoint === null ? 1 : null };
    };
    const first = await fleet.host('first', { batch });
    // By its random numbers, the queue gives the item to the first.
    const second = await fleet.host('second', { batch });
    await fleet.clock.advanceTo(at('01:00:00'));
    const stopped = first.stop(5_000);
    gate.resolve();
    expect(await stopped).toBe(true);
    await fleet.clock.advanceBy(2_000);
    await second.idle();
    expect(await fleet.done()).toEqual(['step 1 = 1', 'step 2 = 1']);
    expect(fleet.reports.map(({ by, end }) => [by, end])).toEqual([
      ['first', 'released'],
      ['second', 'succeeded'],
    ]);
  });

  it.each<[string, () => Promise<boolean>]>([
    ['does not', () => new Promise(() => undefined)],
    ['throws', () => Promise.reject(new Error('no connection'))],
  ])('stops within its deadline although the courier %s', async (_name, stop) => {
    const fleet = new Fleet();
    const open = fleet.post.open();
    const courier: Courier = {
      supports: open.supports,
      send: (items) => open.send(items),
      consume: async (jobs, handle) => {
        await open.consume(jobs, handle);
        return { stop };
      },
    };
    const engine = await fleet.host('one', { courier });
    await fleet.clock.advanceBy(0);
    const stopped = engine.stop(1_000);
    await fleet.clock.advanceBy(1_000);
    expect(await stopped).toBe(false);
  });

  it('runs a tick by hand, with its shards, on any host', async () => {
    const fleet = new Fleet();
    const engine = await fleet.host('sends', { role: 'send', ...fleet.inShards });
    await fleet.clock.advanceTo(at('01:30:00'));
    expect(await engine.runNow(job)).toMatchObject({ kind: 'ran', report: { end: 'succeeded' } });
    expect(await fleet.done()).toEqual(['a 1 = 1', 'b 1 = 1', 'c 1 = 1', 'finish 1 = 1']);
  });

  it('continues soon after it is resumed', async () => {
    const fleet = new Fleet();
    const engine = await fleet.host('sends', { role: 'send' });
    await fleet.host('works', { role: 'work' });
    await engine.pause(job);
    await fleet.clock.advanceTo(at('01:30:00'));
    expect(await fleet.done()).toEqual([]);
    await engine.resume(job);
    await fleet.clock.advanceBy(1_000);
    expect(await fleet.done()).toEqual(['all 1 = 1']);
  });

  it('costs no statement of the bell without a shared courier', async () => {
    const fleet = new Fleet();
    let looks = 0;
    const runOverview = {
      active: () => {
        looks += 1;
        return fleet.ports.runOverview.active();
      },
    };
    const engine = new JobEngine({
      ...fleet.ports,
      runOverview,
      jobs: [{ job: fleet.job({}), schedule: new IntervalSchedule(60) }],
      instanceId: 'one',
      clock: fleet.clock,
      failedItems: fleet.failedItems,
      transactions: fleet.database,
      leaseMs,
      scheduler: new TimerScheduler(fleet.clock),
      random: () => 0,
      observer: combineObservers([]),
    });
    await engine.register();
    engine.start();
    await fleet.clock.advanceBy(5 * HOUR_MS);
    expect(looks).toBe(0);
    expect(await fleet.done()).toHaveLength(5);
    await engine.stop(0);
    expect(addMs(start, 5 * HOUR_MS)).toBe(fleet.clock.now());
  });
});
