import { addMs, instant, iso } from '@gamekeeper/core';
import { expect, it } from 'vitest';
import { VirtualClock } from './virtual-clock.ts';

const noon = instant('2026-11-24T12:00:00Z');

it('announces each instant before time moves there, and fires no timer that was cancelled meanwhile', async () => {
  const trace: string[] = [];
  const clock = new VirtualClock(noon, {
    beforeMove: async (to) => {
      trace.push(`${iso(clock.now()).slice(11, 19)} before ${iso(to).slice(11, 19)}`);
      if (to === addMs(noon, 2_000)) late.cancel();
    },
  });
  const fire = (): void => void trace.push(`fired at ${iso(clock.now()).slice(11, 19)}`);
  clock.setTimer(addMs(noon, 1_000), fire);
  clock.setTimer(addMs(noon, 1_000), fire);
  const late = clock.setTimer(addMs(noon, 2_000), fire);
  await clock.advanceBy(5_000);
  expect(trace).toEqual([
    '12:00:00 before 12:00:01',
    'fired at 12:00:01',
    'fired at 12:00:01',
    '12:00:01 before 12:00:02',
    '12:00:02 before 12:00:05',
  ]);
  await clock.advanceBy(0);
  expect(trace).toHaveLength(5);
});

it('stays where it is if what announces an instant fails', async () => {
  const clock = new VirtualClock(noon, {
    beforeMove: async () => {
      throw new Error('the store is away');
    },
  });
  await expect(clock.advanceBy(1)).rejects.toThrow('the store is away');
  expect(clock.now()).toBe(noon);
});
