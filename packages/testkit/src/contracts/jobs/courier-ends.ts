import { deepEqual, equal, ok } from '../assertions.ts';
import type { Sentence } from '../contract.ts';
import { atCourier, type CourierHarness } from './courier-harness.ts';

/** What a courier promises when handlers fail, hosts die, and consumers stop. */
export const courierEnds: readonly Sentence<CourierHarness>[] = [
  {
    name: 'goes on when a handler throws',
    check: (create) =>
      atCourier(create, async (place) => {
        const host = await place.host();
        const failing = place.item({ shard: { index: 0, count: 2 } });
        await host.consume(['sweep'], async ({ key }) => {
          if (key === failing.key) throw new Error('cannot be handled');
        });
        await place.sendUntil(host.courier, [failing], () => host.delivered.length > 0);
        const other = place.item({ shard: { index: 1, count: 2 } });
        await place.sendUntil(host.courier, [other], () =>
          host.delivered.some(({ key }) => key === other.key),
        );
      }),
  },
  {
    name: 'delivers an item again whose handler threw',
    needs: 'redelivers',
    check: (create) =>
      atCourier(create, async (place) => {
        const host = await place.host();
        let tries = 0;
        let handled = 0;
        await host.consume(['sweep'], async () => {
          tries += 1;
          if (tries === 1) throw new Error('not now');
          handled += 1;
        });
        const { takeoverMs = 20_000 } = place.harness;
        await place.sendUntil(host.courier, [place.item()], () => tries > 0);
        ok(await place.within(takeoverMs, () => handled > 0), 'it was not delivered again');
      }),
  },
  {
    name: 'delivers an item again whose host died',
    needs: 'redelivers',
    check: (create) =>
      atCourier(create, async (place) => {
        const [mortal, other] = [await place.host(), await place.host()];
        const item = place.item();
        await mortal.consume(['sweep'], () => new Promise(() => undefined));
        await place.sendUntil(other.courier, [item], () => mortal.delivered.length > 0);
        await mortal.die();
        await other.consume(['sweep']);
        const { takeoverMs = 20_000 } = place.harness;
        ok(await place.within(takeoverMs, () => other.delivered.length > 0), 'it was not delivered again');
        deepEqual(other.delivered[0], item);
      }),
  },
  {
    name: 'stops when the items in progress have ended, and then delivers no more',
    check: (create) =>
      atCourier(create, async (place) => {
        const host = await place.host();
        const gate = Promise.withResolvers<void>();
        let ended = 0;
        const consumption = await host.consume(['sweep'], async () => {
          await gate.promise;
          ended += 1;
        });
        await place.sendUntil(host.courier, [place.item()], () => host.delivered.length > 0);
        const before = host.delivered.length;
        const stopped = consumption.stop(10_000);
        await place.harness.passTime(100);
        gate.resolve();
        await place.within(10_000, () => ended === host.delivered.length);
        equal(await stopped, true);
        equal(ended, host.delivered.length);
        await host.courier.send([place.item({ shard: { index: 0, count: 1 } })]);
        await place.harness.passTime(500);
        equal(host.delivered.length, before);
      }),
  },
  {
    name: 'stops at its deadline although a handler does not end',
    check: (create) =>
      atCourier(create, async (place) => {
        const host = await place.host();
        const consumption = await host.consume(['sweep'], () => new Promise(() => undefined));
        await place.sendUntil(host.courier, [place.item()], () => host.delivered.length > 0);
        let outcome: boolean | undefined;
        const stopped = consumption.stop(500).then((inTime) => (outcome = inTime));
        ok(await place.within(3_000, () => outcome !== undefined), 'it has not stopped after 3 s');
        equal(await stopped, false);
      }),
  },
  {
    name: 'gives back what had not ended at its deadline',
    needs: 'redelivers',
    check: (create) =>
      atCourier(create, async (place) => {
        const [slow, other] = [await place.host(), await place.host()];
        const item = place.item();
        const consumption = await slow.consume(['sweep'], () => new Promise(() => undefined));
        await place.sendUntil(slow.courier, [item], () => slow.delivered.length > 0);
        const stopped = consumption.stop(200);
        await place.harness.passTime(400);
        equal(await stopped, false);
        await other.consume(['sweep']);
        const { takeoverMs = 20_000 } = place.harness;
        ok(await place.within(takeoverMs, () => other.delivered.length > 0), 'it was not given back');
        deepEqual(other.delivered[0], item);
      }),
  },
];
