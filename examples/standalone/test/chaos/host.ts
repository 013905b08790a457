import { postgresAdapters } from '@gamekeeper/adapters-postgres';
import { consoleLogger, createJobHost } from '@gamekeeper/composition';
import { instant } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock } from '@gamekeeper/testkit';
import { gameOptions } from './game-options.ts';

/**
 * One host among several, `host.ts <url> <owner> <instant>`, until SIGTERM. Its clock goes where it is told: to each
 * instant that it is sent, it answers when it has nothing to do any more.
 */
const [url = '', owner = '', now = ''] = process.argv.slice(2);
const clock = new VirtualClock(Number(now));
const host = createJobHost({
  ...gameOptions,
  modules: [postgresAdapters({ url, poolSize: 4 }), cronerScheduler()],
  clock,
  owner,
  // What it cannot reach it reports as a warning, and that is what this is about.
  logger: consoleLogger({ level: 'error' }),
});

let advanced = Promise.resolve();
process.on('message', (to: number) => {
  advanced = advanced.then(() => {
    // Like a machine that slept: one wake-up for each job, however many ticks went by.
    clock.jumpTo(instant(Math.max(to, clock.now())));
    return clock.advanceTo(clock.now());
  });
  void advanced.then(() => host.idle()).then(() => answer(to));
});
process.once('SIGTERM', () => void host.stop().then(() => process.exit(0)));
// Nobody is left to tell the time.
process.once('disconnect', () => process.exit(0));

await host.start();
answer(clock.now());

function answer(at: number): void {
  if (process.connected) process.send?.(at);
}
