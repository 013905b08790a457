import { iso } from '@gamekeeper/core';
import { engineTokens, type Scheduler } from '@gamekeeper/core/ports';
import { VirtualClock } from '@gamekeeper/testkit';
import { expect, it } from 'vitest';
import { cronerScheduler, type CronerScheduleParser } from './index.ts';

it('binds a schedule parser, and a scheduler on the host’s clock', async () => {
  const { name, bindings } = cronerScheduler();
  expect(name).toBe('@gamekeeper/scheduler-croner');
  expect(bindings.map(({ dependencies }) => dependencies)).toEqual([[], [engineTokens.clock]]);

  const clock = new VirtualClock('2026-11-24T00:30:00Z');
  const made = new Map(
    bindings.map(({ token, dependencies, create }) => {
      const known = dependencies.map((dependency) => (dependency === engineTokens.clock ? clock : undefined));
      return [token, create(...(known as never[]))];
    }),
  );
  expect([...made.keys()]).toEqual([engineTokens.scheduleParser, engineTokens.scheduler]);
  const schedules = made.get(engineTokens.scheduleParser) as CronerScheduleParser;
  const scheduler = made.get(engineTokens.scheduler) as Scheduler;

  const wakes: string[] = [];
  scheduler.onTick(schedules.parse({ cron: '0 * * * *' }), () => wakes.push(iso(clock.now())));
  await clock.advanceTo('2026-11-24T02:30:00Z');
  expect(wakes).toEqual(['2026-11-24T01:00:00.000Z', '2026-11-24T02:00:00.000Z']);
});
