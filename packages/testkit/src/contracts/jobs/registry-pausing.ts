import { addMs } from '@gamekeeper/core';
import { deepEqual, equal } from '../assertions.ts';
import type { Sentence } from '../contract.ts';
import { first, registered, type JobsHarness } from './jobs-harness.ts';

/** What a registry promises about pausing. The contract of the ledger covers claims of paused jobs. */
export const pausingCases: readonly Sentence<JobsHarness>[] = [
  {
    name: 'stores when a job was paused and resumed, however often that is repeated',
    check: async (create) => {
      const { jobRegistry, storeTime, passTime } = await registered(create);
      const sweep = async () => (await jobRegistry.records()).find(({ job }) => job === 'sweep')!;
      await jobRegistry.resume('sweep');
      deepEqual([(await sweep()).pausedAt, (await sweep()).resumedAt], [null, null]);
      const pausedAt = await storeTime.now();
      await jobRegistry.pause('sweep');
      await passTime(1_000);
      await jobRegistry.pause('sweep');
      equal((await sweep()).pausedAt, pausedAt);
      equal((await jobRegistry.summaries()).find(({ job }) => job === 'sweep')!.paused, true);
      const resumedAt = await storeTime.now();
      await jobRegistry.resume('sweep');
      await passTime(1_000);
      await jobRegistry.resume('sweep');
      deepEqual([(await sweep()).pausedAt, (await sweep()).resumedAt], [null, resumedAt]);
      deepEqual(
        (await jobRegistry.summaries()).find(({ job }) => job === 'sweep'),
        {
          job: 'sweep',
          furthest: addMs(first, -1),
          readAt: addMs(resumedAt, 1_000),
          since: resumedAt,
          paused: false,
          status: null,
          running: false,
          recent: [],
          verdict: null,
        },
      );
    },
  },
  {
    name: 'returns false for an unknown job',
    check: async (create) => {
      const { jobRegistry } = await registered(create);
      deepEqual([await jobRegistry.pause('nothing'), await jobRegistry.resume('nothing')], [false, false]);
    },
  },
];
