import { HOUR_MS, addMs } from '@gamekeeper/core';
import { courierItem, readCourierItem, type CourierItem } from '@gamekeeper/core/ports';
import { deepEqual, equal, ok } from '../assertions.ts';
import { contractCases, type ContractCase, type ContractOptions, type Sentence } from '../contract.ts';
import { courierEnds } from './courier-ends.ts';
import { atCourier, type CourierHarness } from './courier-harness.ts';

/**
 * The contract of `Courier`. It sends again what does not arrive, as the engine's bell does, so a courier that loses
 * some items passes too; claim what it supports: `shared`, `delays`, `redelivers`, `joinsTransaction`.
 *
 * @example
 * runContract(courierContract({ create, supports: { shared: true, delays: true, redelivers: true } }), it);
 */
export function courierContract(options: ContractOptions<CourierHarness>): readonly ContractCase[] {
  const { supports = {} } = options;
  return contractCases(options, [claims(supports), ...deliveries, ...limits, ...courierEnds]);
}

type Case = Sentence<CourierHarness>;
type Claims = NonNullable<ContractOptions<CourierHarness>['supports']>;

const claims = (supports: Claims): Case => ({
  name: 'says of itself what was claimed of it',
  check: (create) =>
    atCourier(create, async (place) => {
      const { shared, delays, redelivers, joinsTransaction } = (await place.host()).courier.supports;
      const {
        shared: a = false,
        delays: b = false,
        redelivers: c = false,
        joinsTransaction: d = false,
      } = supports;
      deepEqual([shared, delays, redelivers, joinsTransaction], [a, b, c, d]);
    }),
});

/** Names that are words of queues, of JavaScript, or as long as a name may be. */
const hostileJobs = ['constructor', 'wait', 'id', 'meta', 'a-1-2', 'x'.repeat(100), 'public', 'select'];

const deliveries: readonly Case[] = [
  {
    name: 'delivers runs and shards as they were sent, or when they are sent again',
    check: (create) =>
      atCourier(create, async (place) => {
        const host = await place.host();
        await host.consume(['sweep', 'archive']);
        const tick = place.harness.now();
        const items = [
          courierItem({ job: 'sweep', tick }),
          courierItem({ job: 'archive', tick, notBefore: addMs(tick, -1) }),
          ...[0, 1, 2].map((index) => courierItem({ job: 'sweep', tick, shard: { index, count: 3 } })),
          courierItem({ job: 'sweep', tick: addMs(tick, -HOUR_MS) }),
        ];
        await place.sendUntil(host.courier, items, ({ key }) => keysOf(host.delivered).includes(key));
        for (const item of host.delivered)
          deepEqual(
            item,
            items.find(({ key }) => key === item.key),
          );
      }),
  },
  {
    name: 'merges items with the same key while they wait, or delivers them again',
    check: (create) =>
      atCourier(create, async (place) => {
        const host = await place.host();
        const item = place.item();
        for (let time = 0; time < 5; time += 1) await host.courier.send([item, item]);
        await host.consume(['sweep']);
        await place.sendUntil(host.courier, [item], () => host.delivered.length > 0);
        for (const one of host.delivered) deepEqual(one, item);
      }),
  },
  {
    name: 'delivers a key again that is sent again after it was handled',
    check: (create) =>
      atCourier(create, async (place) => {
        const host = await place.host();
        let handled = 0;
        await host.consume(['sweep'], async () => void (handled += 1));
        const item = place.item();
        for (let time = 0; time < 3; time += 1) {
          const before = handled;
          await place.sendUntil(host.courier, [item], () => handled > before);
          await place.harness.passTime(200);
        }
      }),
  },
  {
    name: 'delivers no item before its earliest instant',
    needs: 'delays',
    check: (create) =>
      atCourier(create, async (place) => {
        const { harness } = place;
        const host = await place.host();
        const seenAt = new Map<string, number>();
        await host.consume(['sweep'], async ({ key }) => void seenAt.set(key, harness.now()));
        const items = [1, 2].map((count) =>
          place.item({ tick: addMs(harness.now(), count), notBefore: addMs(harness.now(), 1_500 * count) }),
        );
        await place.sendUntil(host.courier, items, ({ key }) => seenAt.has(key));
        for (const { key, notBefore } of items) ok(seenAt.get(key)! >= notBefore, `${key} came too early`);
      }),
  },
  {
    name: 'leaves items of unknown jobs to those who know them',
    check: (create) =>
      atCourier(create, async (place) => {
        const [one, other] = [await place.host(), await place.host()];
        await one.consume(['sweep']);
        const [known, unknown] = [place.item(), place.item({ job: 'archive' })];
        await place.sendUntil(one.courier, [known], () => one.delivered.length > 0);
        await one.courier.send([unknown]);
        await place.harness.passTime(300);
        await other.consume(['archive']);
        await place.sendUntil(one.courier, [unknown], () => other.delivered.length > 0);
        ok(one.delivered.every(({ job }) => job === 'sweep'));
        ok(other.delivered.every(({ job }) => job === 'archive'));
      }),
  },
  {
    name: 'carries items to other hosts',
    needs: 'shared',
    check: (create) =>
      atCourier(create, async (place) => {
        const [sender, worker] = [await place.host(), await place.host()];
        await worker.consume(['sweep']);
        const item = place.item();
        await place.sendUntil(sender.courier, [item], () => worker.delivered.length > 0);
        deepEqual(worker.delivered[0], item);
      }),
  },
  {
    name: 'sends with the transaction that it is given, or not at all',
    needs: 'joinsTransaction',
    check: (create) =>
      atCourier(create, async (place) => {
        const { transactions } = place.harness;
        ok(transactions, 'the harness of a courier that joins transactions must have `transactions`');
        const host = await place.host();
        await host.consume(['sweep']);
        const [undone, done] = [place.item(), place.item({ tick: addMs(place.harness.now(), -HOUR_MS) })];
        const failed = transactions.run(async (tx) => {
          await host.courier.send([undone], tx);
          throw new Error('undone');
        });
        await failed.catch(() => undefined);
        await transactions.run((tx) => host.courier.send([done], tx));
        ok(await place.within(10_000, () => host.delivered.length > 0), 'nothing arrived');
        await place.harness.passTime(500);
        deepEqual(keysOf(host.delivered), [done.key]);
      }),
  },
];

const limits: readonly Case[] = [
  {
    name: 'carries items of jobs with hostile names',
    check: (create) =>
      atCourier(create, async (place) => {
        const host = await place.host();
        await host.consume(hostileJobs);
        const items = hostileJobs.map((job) => place.item({ job }));
        await place.sendUntil(host.courier, items, ({ key }) => keysOf(host.delivered).includes(key));
        deepEqual(
          host.delivered.map(({ job }) => job).filter((job) => !hostileJobs.includes(job)),
          [],
        );
      }),
  },
  {
    name: 'carries a thousand shards at once',
    check: (create) =>
      atCourier(create, async (place) => {
        const host = await place.host();
        await host.consume([{ job: 'sweep', concurrency: 50 }]);
        const count = 1_000;
        const items = Array.from({ length: count }, (_, index) => place.item({ shard: { index, count } }));
        const seen = new Set<string>();
        const arrived = ({ key }: CourierItem): boolean => {
          for (const item of host.delivered.splice(0)) seen.add(item.key);
          return seen.has(key);
        };
        await place.sendUntil(host.courier, items, arrived);
      }),
  },
  {
    name: 'hands out no more items of a job at once than was asked for',
    needs: 'shared',
    check: (create) =>
      atCourier(create, async (place) => {
        const host = await place.host();
        const inProgress: (() => void)[] = [];
        let most = 0;
        await host.consume([{ job: 'sweep', concurrency: 2 }], () => {
          const { promise, resolve } = Promise.withResolvers<void>();
          most = Math.max(most, inProgress.push(resolve));
          return promise;
        });
        const items = Array.from({ length: 9 }, (_, index) => place.item({ shard: { index, count: 9 } }));
        await place.sendUntil(host.courier, items, ({ key }) => {
          inProgress.splice(0).forEach((end) => end());
          return keysOf(host.delivered).includes(key);
        });
        inProgress.splice(0).forEach((end) => end());
        ok(most <= 2, `${most} at once`);
      }),
  },
  {
    name: 'sends nothing if nothing is to be sent, and items as plain data',
    check: (create) =>
      atCourier(create, async (place) => {
        const host = await place.host();
        await host.consume(['sweep']);
        await host.courier.send([]);
        await place.harness.passTime(100);
        equal(host.delivered.length, 0);
        const item = place.item({ shard: { index: 1, count: 2 } });
        deepEqual(readCourierItem(JSON.parse(JSON.stringify(item))), item);
      }),
  },
];

function keysOf(items: readonly CourierItem[]): readonly string[] {
  return items.map(({ key }) => key);
}
