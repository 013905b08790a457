import { postgresAdapters } from '@gamekeeper/adapters-postgres';
import { createJobHost } from '@gamekeeper/composition';
import { silentLogger } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock } from '@gamekeeper/testkit';
import { once } from 'node:events';
import { steppingJob } from './stepping-job.ts';

/**
 * A process that gets SIGTERM during a batch, `stepper.ts <url> <schema> <registered at> <tick>`. It prints the outcome
 * of its run and exits.
 */
const [url = '', schema = '', registeredAt = '', tick = ''] = process.argv.slice(2);
const clock = new VirtualClock(Number(registeredAt));
const host = createJobHost({
  modules: [postgresAdapters({ url, schema, poolSize: 2, pinnableClock: true }), cronerScheduler()],
  clock,
  instanceId: 'stepper',
  logger: silentLogger,
  jobs: [
    steppingJob(async () => {
      const told = once(process, 'SIGTERM');
      process.stdout.write('working\n');
      await told;
    }),
  ],
  observers: [{ runEnded: ({ job, end }) => job === 'stepping' && process.stdout.write(`${end}\n`) }],
});
process.once('SIGTERM', () => {
  void host.stop().then((inTime) => (process.exitCode = inTime ? 0 : 1));
});
await host.open();
clock.jumpTo(Number(tick));
await host.runNow('stepping', { tick: Number(tick) });
