/*
 * A process that works on shards of life regeneration, carried by BullMQ. It ends with the process that started it.
 */
import { bullMqScheduler } from '@gamekeeper/scheduler-bullmq';
import { BenchStore } from '../lib/bench-store.ts';
import { ShiftedClock } from '../lib/shifted-clock.ts';
import { hostOptions, type RowsSetup } from './rows.ts';

const setup = JSON.parse(process.argv[2]!) as RowsSetup;
process.once('disconnect', () => process.exit());
const { host } = await BenchStore.open(
  setup.place,
  new ShiftedClock(setup.offsetMs),
  [],
  [bullMqScheduler({ server: setup.redis, keyPrefix: setup.place.schema })],
  hostOptions('work', setup.maxShards),
);
await host.start();
process.send!('ready');
