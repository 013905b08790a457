import { type Instant } from '@gamekeeper/core';
import { SKEW_REPORT_TTL_MS, type SkewedInstances } from '@gamekeeper/core/ports';
import { deepEqual, equal } from '../assertions.ts';
import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';

/** What {@link skewedInstancesContract} runs against. */
export interface SkewedInstancesHarness {
  readonly skewedInstances: SkewedInstances;
  /** Advances the store's clock. */
  readonly passTime: (ms: number) => Promise<void> | void;
  /** Returns the store's time. */
  readonly now: () => Promise<Instant> | Instant;
}

/** Returns the contract of `SkewedInstances` as test cases. */
export function skewedInstancesContract(
  options: ContractOptions<SkewedInstancesHarness>,
): readonly ContractCase[] {
  return contractCases(options, [
    {
      name: 'lists no instance without reports',
      check: async (create) => {
        const { skewedInstances } = await create();
        deepEqual(await skewedInstances.list(), []);
        await skewedInstances.withdraw('one');
        deepEqual(await skewedInstances.list(), []);
      },
    },
    {
      name: 'lists the latest reports and when they started, ordered by name',
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
      name: 'removes an instance that withdraws, and no other',
      check: async (create) => {
        const { skewedInstances } = await create();
        await skewedInstances.report('one', 40_000);
        await skewedInstances.report('two', 50_000);
        await skewedInstances.withdraw('one');
        deepEqual(await names(skewedInstances), ['two']);
      },
    },
    {
      name: 'lists an instance until its report expires, and with a new start when it reports again',
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
      name: 'removes expired reports when another instance reports',
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
      name: 'accepts reports of many instances at once',
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
