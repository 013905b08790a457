import { SystemClock } from '@gamekeeper/composition';
import { setTimeout as wait } from 'node:timers/promises';
import { openConnections } from '../../src/bull-mq-connections.ts';
import { BullMqCourier } from '../../src/bull-mq-courier.ts';

// A host that begins to work, and stops, while Redis is away: it must leave nothing that keeps the process alive.
const connections = openConnections({ url: process.argv[2]! });
for (const client of [connections.sending, connections.working]) client.on('error', () => undefined);
const courier = new BullMqCourier({
  connections: () => connections,
  keyPrefix: 'gamekeeper',
  onError: () => undefined,
  clock: new SystemClock(),
});
const consumption = await courier.consume([{ job: 'sweep', concurrency: 1 }], async () => undefined);
process.send?.('working');
await wait(1_500);
await consumption.stop(1_000);
await courier.close();
connections.disconnect();
process.disconnect?.();
