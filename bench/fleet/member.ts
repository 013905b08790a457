/*
 * A process of a fleet that gets ticks in one of the ways, and says so. It ends with the process that started it.
 */
import { flushCompileCache } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import type { Begun, MemberSetup, Work } from './ways.ts';

const WORK_MS = 1_000;

const setup = JSON.parse(process.argv[2]!) as MemberSetup;
process.once('disconnect', () => process.exit());

const work: Work = async (tick, effect) => {
  const begun: Begun = { ...tick, at: Date.now() };
  if (setup.deed !== 'effect') process.send!(begun);
  if (setup.deed === 'hang') await new Promise(() => undefined);
  if (setup.deed !== 'effect') return;
  await pause(WORK_MS);
  await effect();
};

const { open } =
  setup.way === 'pgboss-cron'
    ? await import('./pg-boss-cron.ts')
    : setup.way === 'bullmq-cron'
      ? await import('./bull-mq-cron.ts')
      : await import('./carried.ts');
await open(setup, work);
// A killed process does not leave what it has compiled to the next one by itself.
flushCompileCache();
process.send!('ready');
