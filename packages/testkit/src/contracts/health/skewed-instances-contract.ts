import { type Instant } from '@gamekeeper/core';
import { SKEW_REPORT_TTL_MS, type SkewedInstances } from '@gamekeeper/core/ports';
import { deepEqual, equal } from 'node:assert/strict';
import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';

/** What {@link skewedInstancesContract} tests with. */
export interface SkewedInstancesHarness {
  readonly skewedInstances: SkewedInstances;
  /** Moves the store's clock on. */
  readonly passTime: (ms: number) => Promise<void> | void;
  /** What it shows. */
  readonly now: () => Promise<Instant> | Instant;
}

/** The contract of `SkewedInstances`. */
export function skewedInstancesContract(
  options: ContractOptions<SkewedInstancesHarness>,
): readonly ContractCase[] {
  return contractCases(options, [
    {
      name: 'lists nobody where nobody has reported anything',
      check: async (create) => {
        const { skewedInstances } = await create();
        deepEqual(await skewedInstances.list(), []);
        await skewedInstances.withdraw('one');
        deepEqual(await skewedInstances.list(), []);
      },
    },
    {
      name: 'lists what was reported last, and since when it has been so, in order of the names',
      check: async (create) => {
        const { skewedInstances, passTime, now } = await create();
        const since = await now();
        await skewedInstances.report('two', 40_000);
        await skewedInstances.report('One', -8_640_000_000);
        await passTime(1_000);
        await skewedInstances.report('two', 41_000);
        deepEqual(await skewedInstances.list(), [
          { instance: 'One', skewMs: -8_640_000_000, since, measuredAt: since },
          { instance: 'two', skewMs: 41_000, since, measuredAt: since + 1_000 },
        ]);
      },
    },
    {
      name: 'forgets an instance that withdraws, and no other',
      check: async (create) => {
        const { skewedInstances } = await create();
        await skewedInstances.report('one', 40_000);
        await skewedInstances.report('two', 50_000);
        await skewedInstances.withdraw('one');
        deepEqual(await names(skewedInstances), ['two']);
      },
    },
    {
      name: 'counts an instance for a while after it was heard of, and anew when it comes back',
      check: async (create) => {
        const { skewedInstances, passTime, now } = await create();
        await skewedInstances.report('one', 40_000);
        await passTime(SKEW_REPORT_TTL_MS - 1);
        deepEqual(await names(skewedInstances), ['one']);
        await passTime(1);
        deepEqual(await names(skewedInstances), []);
        await skewedInstances.report('one', 30_000);
        const [again] = await skewedInstances.list();
        deepEqual([again!.skewMs, again!.since], [30_000, await now()]);
      },
    },
    {
      name: 'keeps nothing of instances that are gone once others report',
      check: async (create) => {
        const { skewedInstances, passTime } = await create();
        for (const name of ['one', 'two', 'three']) await skewedInstances.report(name, 40_000);
        await passTime(SKEW_REPORT_TTL_MS);
        await skewedInstances.report('four', 40_000);
        await skewedInstances.report('two', 40_000);
        deepEqual(await names(skewedInstances), ['four', 'two']);
      },
    },
    {
      name: 'takes reports of many at once',
      needs: 'concurrent',
      check: async (create) => {
        const { skewedInstances } = await create();
        const instances = Array.from({ length: 12 }, (_, index) => `instance-${index}`);
        await Promise.all([...instances, ...instances].map((name) => skewedInstances.report(name, 40_000)));
        equal((await skewedInstances.list()).length, instances.length);
      },
    },
  ]);
}

async function names(skewedInstances: SkewedInstances): Promise<readonly string[]> {
  return (await skewedInstances.list()).map(({ instance }) => instance);
}
