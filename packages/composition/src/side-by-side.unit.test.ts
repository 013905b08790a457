import {
  MINUTE_MS,
  instant,
  iso,
  addMs,
  silentLogger,
  userId,
  type RunObserver,
  type ScheduleSpec,
} from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock, memoryAdapters, memoryStore } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { KeptLog } from '../test/hosts.ts';
import { createJobHost } from './create-job-host.ts';
import type { JobHostOptions } from './host-options.ts';

const noon = instant('2026-11-24T12:00:00Z');
const ada = userId('ada');

/** Versions of one backend on one store, each begun when a test says so. */
class Backend {
  readonly clock = new VirtualClock(noon);
  readonly store = memoryStore(this.clock);
  readonly ran: string[] = [];

  version(instanceId: string, schedule: ScheduleSpec, options: Partial<JobHostOptions> = {}) {
    const observer: RunObserver = {
      runEnded: ({ job, tick }) => {
        if (job === 'life-regeneration') this.ran.push(`${instanceId} ${iso(tick).slice(11, 16)}`);
      },
    };
    return createJobHost({
      modules: [memoryAdapters(this.store), cronerScheduler()],
      clock: this.clock,
      logger: silentLogger,
      instanceId,
      observers: [observer],
      ...options,
      jobOverrides: { 'life-regeneration': { schedule }, ...options.jobOverrides },
    });
  }
}

describe('an old and a new version side by side', () => {
  it('run the ticks of the schedule that was registered last, each once', async () => {
    const backend = new Backend();
    const { clock } = backend;
    const old = backend.version('old', { cron: '*/30 * * * *' });
    await old.start();
    await clock.advanceTo(addMs(noon, 35 * MINUTE_MS));
    const fresh = backend.version('new', { cron: '*/20 * * * *' });
    await fresh.start();
    await clock.advanceTo(addMs(noon, 95 * MINUTE_MS));
    await fresh.stop();
    // The old version goes on alone, at the ticks on record.
    await clock.advanceTo(addMs(noon, 125 * MINUTE_MS));
    expect(backend.ran.map((line) => line.split(' ')[1])).toEqual([
      '12:00',
      '12:30',
      '12:40',
      '13:00',
      '13:20',
      '13:40',
      '14:00',
    ]);
    expect(backend.ran.slice(-2)).toEqual(['old 13:40', 'old 14:00']);
    expect(old.jobs.find(({ job }) => job.name === 'life-regeneration')!.schedule.cron).toBe('*/20 * * * *');
    await old.stop();
  });

  it('show a player the rules that were registered last, within 15 s also where no job runs', async () => {
    const backend = new Backend();
    const { clock } = backend;
    const web = backend.version('web', { cron: '*/30 * * * *' });
    await web.open();
    await web.lives.spend(ada);
    clock.jumpTo(addMs(noon, MINUTE_MS));
    const worker = backend.version('worker', { cron: '*/30 * * * *' }, { rules: { lives: { maxLives: 8 } } });
    await worker.open();
    clock.jumpTo(addMs(noon, MINUTE_MS + 15_000));
    expect(await web.lives.read(userId('bob'))).toMatchObject({ currentLives: 8 });
    clock.jumpTo(addMs(noon, 95 * MINUTE_MS));
    const read = await web.lives.read(ada);
    expect(read).toEqual(await worker.lives.read(ada));
    expect(read).toMatchObject({ currentLives: 7 });
    await web.stop();
    await worker.stop();
  });

  it('leave a job to the version that can read its schedule', async () => {
    const backend = new Backend();
    const { clock, store } = backend;
    const logger = new KeptLog();
    const old = backend.version('old', { cron: '*/30 * * * *' }, { logger });
    await old.start();
    await clock.advanceTo(addMs(noon, 10 * MINUTE_MS));
    const odd = { cron: 'every full moon', timeZone: 'Moon/Tycho' };
    await store.jobRegistry.register([{ job: 'life-regeneration', schedule: odd }], clock.now());
    await clock.advanceTo(addMs(noon, 65 * MINUTE_MS));
    expect(backend.ran).toEqual(['old 12:00']);
    const lines = logger.lines.filter(({ severity }) => severity === 'error');
    expect(lines).toMatchObject([{ fields: { job: 'life-regeneration', ...odd } }]);
    await old.stop();
  });
});
