import { postgresAdapters } from '@gamekeeper/adapters-postgres';
import { createJobHost } from '@gamekeeper/composition';
import { silentLogger } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock } from '@gamekeeper/testkit';
import { signingJob } from './signing-job.ts';

/**
 * A process that stops itself in the middle of a batch, `sleeper.ts <url> <schema> <registered at> <tick>`: its changes are
 * made, and not committed. When it is continued, it tries to commit, and says what came of it.
 */
const [url = '', schema = '', registeredAt = '', tick = ''] = process.argv.slice(2);
const clock = new VirtualClock(Number(registeredAt));
const host = createJobHost({
  modules: [postgresAdapters({ url, schema, poolSize: 2, pinnableClock: true }), cronerScheduler()],
  clock,
  instanceId: 'sleeper',
  logger: silentLogger,
  jobs: [signingJob('sleeper', () => void process.kill(process.pid, 'SIGSTOP'))],
  observers: [{ runEnded: ({ job, end }) => job === 'signing' && process.stdout.write(`${end}\n`) }],
});
await host.open();
clock.jumpTo(Number(tick));
const outcome = await host.runNow('signing', { tick: Number(tick) });
process.stdout.write(`${outcome.kind}\n`);
await host.stop();
