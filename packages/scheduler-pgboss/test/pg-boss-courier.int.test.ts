import { PostgresDatabase, entityManagerOf } from '@gamekeeper/adapters-postgres';
import { SystemClock } from '@gamekeeper/composition';
import { InvalidOptionError, instant } from '@gamekeeper/core';
import { courierItem, type CourierItem } from '@gamekeeper/core/ports';
import { courierContract, runContract } from '@gamekeeper/testkit';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { setTimeout as wait } from 'node:timers/promises';
import { fromKysely } from 'pg-boss';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { PgBossCourier } from '../src/pg-boss-courier.ts';
import { checkedOptions, type PgBossLike, type PgBossSchedulerOptions } from '../src/pg-boss-options.ts';
import { pgBossScheduler } from '../src/pg-boss-scheduler.ts';
import { OwnBosses } from './own-bosses.ts';

describeWithPostgres('PgBossCourier on a server', (url) => {
  const bosses = new OwnBosses(url);
  const database = new PostgresDatabase({ url, schema: `${bosses.schema}_game` });
  let cases = 0;
  beforeAll(() => database.open());
  afterAll(async () => {
    await database.dropSchema();
    await database.close();
    await bosses.close();
  });

  const courierOn = (boss: PgBossLike, queuePrefix: string, pollIntervalMs = 500): PgBossCourier =>
    new PgBossCourier(
      boss,
      checkedOptions({
        boss,
        queuePrefix,
        pollIntervalMs,
        heartbeatMs: 10_000,
        joinTransaction: async (tx) =>
          fromKysely(((await entityManagerOf(tx)) as SqlEntityManager).getKysely()),
      }),
      new SystemClock(),
    );

  const create = () => {
    const prefix = `case-${(cases += 1)}`;
    return {
      open: async () => {
        const host = await bosses.open();
        return { courier: courierOn(host.boss, prefix), die: async () => host.die() };
      },
      now: () => instant(new Date()),
      passTime: (ms: number) => wait(ms),
      takeoverMs: 30_000,
      transactions: database,
      close: () => bosses.stopAll(),
    };
  };
  describe('contract', { timeout: 90_000 }, () => {
    const supports = { shared: true, delays: true, redelivers: true, joinsTransaction: true };
    runContract(courierContract({ create, supports }), it);
  });

  it('keeps one waiting item for each key, in a queue of its job', async () => {
    const { boss } = await bosses.open();
    const courier = courierOn(boss, 'waiting');
    const item = courierItem({ job: 'sweep', tick: instant('2026-11-24T00:00:00Z') });
    for (let time = 0; time < 3; time += 1) await courier.send([item, item]);
    const rows = await bosses.run(`select state, data from @.job where name = 'waiting-sweep'`);
    expect(rows).toEqual([{ state: 'created', data: item }]);
    await bosses.stopAll();
  });

  it('takes what waits one after the other, and polls only when nothing waits', async () => {
    const { boss } = await bosses.open();
    const courier = courierOn(boss, 'many', 3_600_000);
    const run = { job: 'sweep', tick: instant('2026-11-24T00:00:00Z') };
    const items = Array.from({ length: 5 }, (_, index) =>
      courierItem({ ...run, shard: { index, count: 5 } }),
    );
    await courier.send(items);
    const seen: string[] = [];
    const consumption = await courier.consume([{ job: 'sweep', concurrency: 1 }], async ({ key }) => {
      seen.push(key);
    });
    await expect.poll(() => [...seen].sort(), { timeout: 20_000 }).toEqual(items.map(({ key }) => key));
    expect(await consumption.stop(5_000)).toBe(true);
    await bosses.stopAll();
  });

  it('works on after its tables were emptied', async () => {
    const { boss } = await bosses.open();
    const courier = courierOn(boss, 'emptied');
    const seen: string[] = [];
    const consumption = await courier.consume([{ job: 'sweep', concurrency: 2 }], async ({ key }) => {
      seen.push(key);
    });
    const sendUntil = async (item: CourierItem): Promise<void> => {
      for (let time = 0; time < 20 && !seen.includes(item.key); time += 1) {
        await courier.send([item]).catch(() => undefined);
        await wait(500);
      }
      expect(seen).toContain(item.key);
    };
    const at = (second: number) => courierItem({ job: 'sweep', tick: instant(second * 1_000) });
    await sendUntil(at(1));
    await bosses.run('truncate @.job');
    await sendUntil(at(2));
    await bosses.run(`truncate @.queue cascade`);
    await sendUntil(at(3));
    await consumption.stop(2_000);
    await bosses.stopAll();
  });

  it('ignores what others write to its queues', async () => {
    const { boss } = await bosses.open();
    const courier = courierOn(boss, 'others');
    const seen: CourierItem[] = [];
    await courier.consume([{ job: 'sweep', concurrency: 1 }], async (item) => void seen.push(item));
    for (const data of [{ spam: true }, courierItem({ job: 'other', tick: instant(0) })])
      await boss.send('others-sweep', data);
    const item = courierItem({ job: 'sweep', tick: instant(0) });
    await courier.send([item]);
    while (seen.length === 0) await wait(50);
    expect(seen).toEqual([item]);
    await bosses.stopAll();
  });
});

describe('pgBossScheduler rejects', () => {
  const boss = Object.fromEntries(
    ['createQueue', 'insert', 'work', 'offWork', 'notifyWorker', 'getQueues', 'on', 'off'].map((name) => [
      name,
      () => undefined,
    ]),
  );
  const url = 'postgres://game:s3cret@localhost:5432/game';
  it.each<[string, unknown, string]>([
    ['nothing', {}, 'pgBoss'],
    ['both', { boss, url }, 'pgBoss'],
    ['a pg-boss that is none', { boss: { send: () => undefined } }, 'pgBoss.boss'],
    ['an unset variable', { url: undefined }, 'pgBoss.url'],
    ['a URL of another technology', { url: 'redis://:s3cret@localhost' }, 'pgBoss.url'],
    ['a schema of the host’s own pg-boss', { boss, schema: 'jobs' }, 'pgBoss.schema'],
    ['a schema that is no name', { url, schema: 'a"b' }, 'pgBoss.schema'],
    ['a prefix that is no name', { url, queuePrefix: 'a:b' }, 'pgBoss.queuePrefix'],
    ['a poll that never ends', { url, pollIntervalMs: 0 }, 'pgBoss.pollIntervalMs'],
    ['a heartbeat that pg-boss refuses', { url, heartbeatMs: 5_000 }, 'pgBoss.heartbeatMs'],
    ['half a second', { url, heartbeatMs: 10_500 }, 'pgBoss.heartbeatMs'],
    ['a connection instead of a function', { boss, joinTransaction: {} }, 'pgBoss.joinTransaction'],
    ['a misspelt option', { url, polling: 5 }, 'pgBoss.polling'],
  ])('%s', (_name, options, option) => {
    const refused = (): unknown => pgBossScheduler(options as PgBossSchedulerOptions);
    expect(refused).toThrow(InvalidOptionError);
    try {
      refused();
    } catch (error) {
      expect(error).toMatchObject({ option });
      expect(String(error)).not.toContain('s3cret');
    }
  });
});
