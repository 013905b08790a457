import { MemoryTallies } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { EngineWorld, start } from '../../../test/engine-world.ts';
import { RowLockedError } from '../transactions/row-locked-error.ts';
import type { Finish } from './division.ts';

describe('the finish of a run', () => {
  it('is told of the tick, that it counts, and what the run has done', async () => {
    const world = new EngineWorld();
    const told: Partial<Finish>[] = [];
    const engine = await world.engine('one', {
      finish: async ({ tx: _tx, signal, ...about }) => {
        told.push(about);
        expect(signal.aborted).toBe(false);
      },
    });
    await engine.runNow('sweep');
    expect(told).toEqual([{ job: 'sweep', asOf: start, dryRun: false, processed: 1, failedItems: 0 }]);
  });

  it.each([
    ['changes nothing', async (): Promise<void> => undefined],
    ['is left out', undefined],
  ])('ends the run also if it %s', async (_how, finish) => {
    const world = new EngineWorld();
    const engine = await world.engine('one', finish ? { finish } : {});
    expect(await engine.runNow('sweep')).toMatchObject({ report: { end: 'succeeded' } });
    expect(await world.run()).toMatchObject({ status: 'succeeded', processed: 1 });
  });

  it('commits with the end of its run, and neither without the other', async () => {
    const world = new EngineWorld();
    const mails = new MemoryTallies(world.store.transactions);
    let failures = 1;
    let batches = 0;
    const engine = await world.engine('one', {
      batch: async () => ({ processed: (batches += 1), next: null }),
      finish: async ({ tx }) => {
        await mails.add(tx, 'mail');
        if ((failures -= 1) >= 0) throw new Error('no mail');
      },
    });
    expect(await engine.runNow('sweep')).toMatchObject({ report: { end: 'failed', processed: 1 } });
    expect(await mails.list()).toEqual([]);
    expect(await engine.runNow('sweep')).toMatchObject({
      report: { end: 'succeeded', processed: 1, batches: 0 },
    });
    expect([await mails.list(), batches]).toEqual([['mail = 1'], 1]);
  });

  it('waits for a row that is locked, longer than its job retries what fails', async () => {
    const world = new EngineWorld();
    let locks = 3;
    const engine = await world.engine('one', {
      items: async () => [],
      finish: async () => {
        if ((locks -= 1) >= 0) throw new RowLockedError('A row', new Error('lock timeout'));
      },
    });
    const run = engine.runNow('sweep');
    await world.clock.advanceBy(10_000);
    expect(await run).toMatchObject({ report: { end: 'succeeded' } });
  });
});
