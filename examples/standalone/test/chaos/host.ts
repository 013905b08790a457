import { postgresAdapters } from '@gamekeeper/adapters-postgres';
import { consoleLogger, createJobHost } from '@gamekeeper/composition';
import { instant } from '@gamekeeper/core';
import { VirtualClock } from '@gamekeeper/testkit';
import { carrierModule, type CarrierPlace } from './carrier.ts';
import { gameOptions } from './game-options.ts';
import type { HostClock, Told } from './host-process.ts';

/**
 * One of several hosts, `host.ts <url> <instanceId> <instant> <follows | own> <carrier as JSON>`, until SIGTERM. Its clock is set by
 * messages: the host replies to each instant when it has nothing left to do.
 */
const [url = '', instanceId = '', now = '', goesBy = '', place = ''] = process.argv.slice(2);
/** The clock skew from which a host warns; not needed here. Milliseconds. */
const MAX_SKEW_MS = 5_000;
const clock = new VirtualClock(Number(now));
const host = createJobHost({
  ...gameOptions,
  modules: [
    postgresAdapters({ url, poolSize: 4, pinnableClock: true }),
    carrierModule(JSON.parse(place) as CarrierPlace),
  ],
  clock,
  engine: {
    ...gameOptions.engine,
    ...(goesBy === ('follows' satisfies HostClock) && { maxClockSkewMs: MAX_SKEW_MS }),
  },
  instanceId,
  // What it cannot reach it reports as a warning, and that is what this is about.
  logger: consoleLogger({ level: 'error' }),
});

let advanced = Promise.resolve();
let latest = 0;
process.on('message', ({ to, skewMs }: Told) => {
  advanced = advanced.then(() => {
    latest = Math.max(to, latest);
    // Like a machine that slept: one wake-up for each job, however many ticks went by.
    clock.jumpTo(instant(latest + skewMs));
    return clock.advanceTo(clock.now());
  });
  void advanced.then(() => host.idle()).then(() => answer(to));
});
process.once('SIGTERM', () => void host.stop().then(() => process.exit(0)));
// The conductor is gone, so nobody sets the time any more.
process.once('disconnect', () => process.exit(0));

await host.start();
answer(clock.now());

function answer(at: number): void {
  if (process.connected) process.send?.(at);
}
