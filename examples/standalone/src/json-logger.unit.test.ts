import { createJobHost } from '@gamekeeper/composition';
import { defineJob, instant } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock, memoryAdapters } from '@gamekeeper/testkit';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { pinoLogger } from './json-logger.ts';

describe('the log as JSON', () => {
  it('has start, end and result of every run, with job, tick, attempt, counts and duration', async () => {
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    const clock = new VirtualClock('2026-11-24T11:59:00Z');
    const host = createJobHost({
      modules: [memoryAdapters(), cronerScheduler()],
      clock,
      logger: pinoLogger(pino({ level: 'debug', base: null, timestamp: false }, { write })),
      jobs: [
        defineJob({
          name: 'greeting',
          schedule: { cron: '0 * * * *' },
          batch: async () => ({ processed: 7, next: null }),
        }),
      ],
    });
    await host.start();
    await clock.advanceTo(instant('2026-11-24T12:00:01Z'));
    await host.stop();

    const about = { job: 'greeting', tick: '2026-11-24T12:00:00.000Z', attempt: 1 };
    const told = lines.map((line) => JSON.parse(line) as { readonly job?: string });
    expect(told.filter(({ job }) => job === 'greeting')).toEqual([
      { level: 20, ...about, msg: 'run started' },
      {
        level: 30,
        ...about,
        processed: 7,
        failedItems: 0,
        batches: 1,
        durationMs: 0,
        msg: 'run succeeded',
      },
    ]);
  });
});
