import { IntervalSchedule, VirtualClock, memoryStore } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { HOUR_MS, addMs, instant } from '../time/instant.ts';
import { dryRun } from './dry-run.ts';
import { defineJob, type Batch, type JobOptions } from './job-definition.ts';

const noon = instant('2026-11-24T12:00:00Z');
const schedule = new IntervalSchedule(60);

/** A job of 25 items that writes an event for each batch, and a way to try it. */
function world(options: Partial<JobOptions> = {}) {
  const { transactions, outbox } = memoryStore(new VirtualClock(noon));
  const batches: Batch[] = [];
  const batch = async (given: Batch) => {
    batches.push(given);
    const begin = (given.checkpoint as number | null) ?? 0;
    const end = Math.min(25, begin + given.limit);
    const occurredAt = given.asOf;
    await outbox.append(given.tx, [{ type: 'Swept', key: `Swept:${begin}`, occurredAt, payload: {} }]);
    return { processed: end - begin, next: end < 25 ? end : null };
  };
  const job = defineJob({
    name: 'sweep',
    schedule: { cron: '0 * * * *' },
    maxBatchSize: 10,
    supportsDryRun: true,
    ...options,
    batch,
  });
  const attempt = (asked?: Parameters<typeof dryRun>[3], now = noon) =>
    dryRun(transactions, { job, schedule }, now, asked);
  return { batches, outbox, attempt };
}

describe('a dry run', () => {
  it('returns what the newest tick would change, batch by batch, with its events, and changes nothing', async () => {
    const { batches, outbox, attempt } = world();
    const report = await attempt(undefined, addMs(noon, HOUR_MS - 1));
    expect(report).toMatchObject({ job: 'sweep', tick: noon, processed: 25, complete: true });
    expect(report.events.map(({ key }) => key)).toEqual(['Swept:0', 'Swept:10', 'Swept:20']);
    expect(await outbox.list({ limit: 10 })).toEqual([]);
    expect(batches[0]).toMatchObject({
      job: 'sweep',
      asOf: noon,
      checkpoint: null,
      only: null,
      skip: [],
      dryRun: true,
    });
    expect(batches.map(({ limit }) => limit)).toEqual([10, 10, 10]);
    expect(batches[0]!.signal.aborted).toBe(false);
  });

  it('tries no more items than asked for, and says that there is more to do', async () => {
    const { batches, attempt } = world();
    expect(await attempt({ limit: 12 })).toMatchObject({ processed: 12, complete: false });
    expect(batches.map(({ limit }) => limit)).toEqual([10, 2]);
    expect(await world().attempt({ limit: 10 })).toMatchObject({ processed: 10, complete: false });
    expect(await world().attempt({ limit: 25 })).toMatchObject({ processed: 25, complete: true });
  });

  it('tries 1,000 items unless asked for more', async () => {
    const { batches, attempt } = world({ maxBatchSize: 5_000 });
    await attempt();
    await attempt({ limit: 3_000 });
    expect(batches.map(({ limit }) => limit)).toEqual([1_000, 3_000]);
  });

  it('may be of a tick to come, and of no other instant', async () => {
    const { attempt } = world();
    const tick = addMs(noon, 48 * HOUR_MS);
    expect(await attempt({ tick })).toMatchObject({ tick, processed: 25 });
    await expect(attempt({ tick: addMs(noon, 1) })).rejects.toThrow(
      'sweep has no tick at 2026-11-24T12:00:00.001Z; the nearest are 2026-11-24T12:00:00.000Z and 2026-11-24T13:00:00.000Z.',
    );
  });

  it('says of a schedule without any tick that there is none now', async () => {
    const { transactions } = memoryStore(new VirtualClock(noon));
    const batch = async () => ({ processed: 0, next: null });
    const job = defineJob({ name: 'sweep', schedule: { cron: '0 * * * *' }, supportsDryRun: true, batch });
    const none = { cron: '', timeZone: 'UTC', next: () => null, previous: () => null, between: () => [] };
    await expect(dryRun(transactions, { job, schedule: none }, noon)).rejects.toMatchObject({
      code: 'NOT_A_TICK',
      message: expect.stringMatching(/^sweep has no tick at 2026-11-24T12:00:00.000Z/) as string,
    });
  });

  it('is refused for a job that does not support it, and for a limit out of range', async () => {
    await expect(world({ supportsDryRun: false }).attempt()).rejects.toMatchObject({
      code: 'DRY_RUN_NOT_SUPPORTED',
      message: expect.stringContaining('set `supportsDryRun: true` in defineJob') as string,
    });
    const { attempt } = world();
    for (const limit of [0, 100_001, 1.5])
      await expect(attempt({ limit })).rejects.toThrow(
        /^Option limit must be a whole number from 1 to 100000/,
      );
    expect(await attempt({ limit: 1 })).toMatchObject({ processed: 1 });
    expect(await attempt({ limit: 100_000 })).toMatchObject({ complete: true });
  });
});
