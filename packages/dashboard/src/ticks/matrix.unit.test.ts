import { HOUR_MS, MINUTE_MS, addMs, defineJob, instant, silentLogger, type Instant } from '@gamekeeper/core';
import { JobTimelines } from '@gamekeeper/core/engine';
import type { JobRecord, RunCell } from '@gamekeeper/core/ports';
import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import { describe, expect, it } from 'vitest';
import { expectedTicks } from './expected-ticks.ts';
import { matrixRow } from './matrix.ts';
import { defaultZoom, spanAround, spanEnd, zooms } from './zoom.ts';

const start = instant('2026-11-24T00:00:00Z');
const hour = (count: number): Instant => addMs(start, count * HOUR_MS);
const job = defineJob({
  name: 'sweep',
  schedule: { cron: '0 * * * *' },
  batch: async () => ({ processed: 0, next: null }),
});
const scheduled = { job, schedule: new CronerScheduleParser().parse({ cron: '0 * * * *' }) };
const record = { watermark: hour(3), running: null } as JobRecord;
const span = { from: start, stepMs: HOUR_MS, steps: 8, perHeading: 4 };

const cell = (step: number, change: Partial<RunCell>): RunCell => ({
  job: 'sweep',
  step,
  ticks: 1,
  succeeded: 0,
  failed: 0,
  skipped: 0,
  running: 0,
  idle: 0,
  late: 0,
  repeated: 0,
  processed: 0,
  failedItems: 0,
  newestTick: hour(step),
  maxLatenessMs: 0,
  error: null,
  ...change,
});

const states = (recorded: readonly RunCell[], now: Instant, own: JobRecord | null = record) =>
  matrixRow({ scheduled, record: own }, recorded, span, now).cells.map(({ state }) => state);

describe('a row of the matrix', () => {
  it('has a cell for each tick that the schedule names: owed after the watermark, ahead after now', () => {
    const recorded = [0, 1, 2, 3].map((step) => cell(step, { succeeded: 1, processed: 4 }));
    expect(states(recorded, addMs(hour(5), MINUTE_MS))).toEqual([
      ...Array<string>(4).fill('succeeded'),
      'owed',
      'owed',
      'ahead',
      'ahead',
    ]);
  });

  it('gives a tick a moment to begin, and the delay of its job', () => {
    expect(states([], addMs(hour(4), 20_000)).slice(3, 6)).toEqual(['unrecorded', 'ahead', 'ahead']);
    const delayed = { ...scheduled, job: { ...job, delayMs: 10 * MINUTE_MS } };
    const at = (now: Instant) => matrixRow({ scheduled: delayed, record }, [], span, now).cells[4]!.state;
    expect([at(addMs(hour(4), 10 * MINUTE_MS)), at(addMs(hour(4), 11 * MINUTE_MS))]).toEqual([
      'ahead',
      'owed',
    ]);
  });

  it('shows the tick of an active run as running, not as owed', () => {
    const running = { ...record, running: { tick: hour(4) } } as JobRecord;
    const recorded = [cell(4, { running: 1 })];
    expect(states(recorded, addMs(hour(5), MINUTE_MS), running).slice(4, 6)).toEqual(['running', 'owed']);
  });

  it.each<[string, Partial<RunCell>]>([
    ['failed', { failed: 1, repeated: 1, late: 1 }],
    ['skipped', { skipped: 1, maxLatenessMs: null }],
    ['late', { succeeded: 1, late: 1, maxLatenessMs: 5 * MINUTE_MS }],
    ['caught-up', { succeeded: 1, late: 1, maxLatenessMs: HOUR_MS }],
    ['taken-over', { succeeded: 1, repeated: 1 }],
    ['idle', { succeeded: 1, idle: 1 }],
    ['items-failed', { succeeded: 1, failedItems: 1, late: 1, repeated: 1 }],
    ['succeeded', { succeeded: 1, processed: 1 }],
  ])('says %s', (state, recorded) => {
    expect(states([cell(0, recorded)], hour(1))[0]).toBe(state);
  });

  it('has nothing owed for a job that is not registered', () => {
    expect(states([], hour(6), null).slice(0, 5)).toEqual(Array<string>(5).fill('unrecorded'));
  });

  it('sums up several ticks in a cell, and shows the most pressing', () => {
    const wide = { from: start, stepMs: 4 * HOUR_MS, steps: 2, perHeading: 1 };
    const recorded = [
      cell(0, { ticks: 4, succeeded: 4 }),
      cell(1, { ticks: 1, succeeded: 1, newestTick: hour(4) }),
    ];
    const row = matrixRow({ scheduled, record: { ...record, watermark: hour(4) } }, recorded, wide, hour(9));
    expect(row.cells.map(({ state, ticks, owed, tick }) => ({ state, ticks, owed, tick }))).toEqual([
      { state: 'succeeded', ticks: 4, owed: 0, tick: null },
      { state: 'owed', ticks: 4, owed: 3, tick: null },
    ]);
  });

  it('shows recorded ticks that the schedule does not name', () => {
    const row = matrixRow(
      { scheduled, record },
      [cell(0, { succeeded: 1, newestTick: addMs(start, 1) })],
      span,
      hour(4),
    );
    expect(row.cells[0]).toMatchObject({ state: 'succeeded', tick: addMs(start, 1) });
  });

  it('does not count the ticks of a schedule that has very many', () => {
    const often = { job, schedule: new CronerScheduleParser().parse({ cron: '* * * * * *' }) };
    const { cells } = matrixRow({ scheduled: often, record }, [], { ...span, stepMs: 24 * HOUR_MS }, start);
    expect(cells).toHaveLength(8);
    expect(cells.every(({ ticks, tick }) => ticks === null && tick === null)).toBe(true);
  });
});

describe('zooms', () => {
  it.each(zooms.map((zoom) => [zoom.name, zoom] as const))(
    '%s has whole headings around an instant',
    (_name, zoom) => {
      const at = instant('2026-11-24T13:37:11Z');
      const around = spanAround(zoom, at);
      expect(around.steps % around.perHeading).toBe(0);
      expect(around.from).toBeLessThanOrEqual(at - zoom.before * zoom.stepMs);
      expect(spanEnd(around)).toBeGreaterThanOrEqual(at + zoom.after * zoom.stepMs);
      expect(around.steps).toBeLessThan(130);
      expect(around.from % (zoom.stepMs * zoom.perHeading)).toBe(0);
    },
  );

  it('begin with a day', () => {
    expect(defaultZoom.name).toBe('24h');
  });
});

describe('expected ticks', () => {
  const parser = new CronerScheduleParser();
  const wide = { from: addMs(start, -HOUR_MS / 3), stepMs: 50 * MINUTE_MS, steps: 100, perHeading: 10 };

  it.each([
    ['*/20 * * * *', 'UTC'],
    ['7,9 */3 * * *', 'UTC'],
    ['0 0 * * *', 'UTC'],
    ['*/30 * * * 2', 'UTC'],
    ['*/20 * * * *', 'Europe/Berlin'],
    ['0 0 29 2 *', 'UTC'],
  ])('of %s in %s are those of the schedule itself, in whatever way they are counted', (cron, timeZone) => {
    const schedule = parser.parse({ cron, timeZone });
    const counted = new Map<number, number>();
    for (const tick of schedule.between(addMs(wide.from, -1), addMs(spanEnd(wide), -1))) {
      const step = Math.floor((tick - wide.from) / wide.stepMs);
      counted.set(step, (counted.get(step) ?? 0) + 1);
    }
    const expected = [...expectedTicks(schedule, wide, null)].map(([step, { count }]) => [step, count]);
    expect(expected).toEqual([...counted]);
  });

  it('before a change of the schedule are not taken from what applies after it', () => {
    const timelines = new JobTimelines({ schedules: parser, logger: silentLogger });
    const timeline = timelines.add('sweep', parser.parse({ cron: '0 * * * *' }));
    const change = hour(4);
    const schedules = [
      { since: start, cron: '0 * * * *', timeZone: 'UTC' },
      { since: change, cron: '*/10 * * * *', timeZone: 'UTC' },
    ];
    timelines.adopt([{ job: 'sweep', startsAfter: start, schedules }]);
    const counts = [...expectedTicks(timeline, span, change).values()].map(({ count }) => count);
    expect(counts).toEqual([1, 1, 1, 1, 6, 6, 6, 6]);
  });
});
