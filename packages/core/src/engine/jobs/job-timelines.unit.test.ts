import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import { describe, expect, it } from 'vitest';
import { silentLogger, type LogFields } from '../common/logger.ts';
import { DAY_MS, HOUR_MS, instant, addMs } from '../time/instant.ts';
import type { JobSchedule, JobTicks } from './job-registry.ts';
import { JobTimelines } from './job-timelines.ts';

const start = instant('2026-11-24T12:00:00Z');
const hourly: JobSchedule = { since: start, cron: '0 * * * *', timeZone: 'UTC' };
const odd: JobSchedule = { since: addMs(start, HOUR_MS), cron: '0 0 L-3 * * 2031', timeZone: 'UTC' };

function world() {
  const lines: LogFields[] = [];
  const schedules = new CronerScheduleParser();
  const logger = {
    ...silentLogger,
    error: (_line: string, fields: LogFields = {}) => void lines.push(fields),
    warn: (line: string, fields: LogFields = {}) => void lines.push({ line, ...fields }),
  };
  const timelines = new JobTimelines({ schedules, logger });
  const all = timelines.add('sweep', schedules.parse({ cron: '30 * * * *' }));
  const recorded = (...history: readonly JobSchedule[]): JobTicks => ({
    job: 'sweep',
    startsAfter: addMs(start, -1),
    schedules: history,
  });
  return { lines, timelines, all, players: timelines.sinceRegistration('sweep'), recorded };
}

describe('JobTimelines', () => {
  it('runs the ticks on record and not those of this instance’s code', () => {
    const { timelines, all, recorded } = world();
    expect(all.next(start)).toBe(addMs(start, HOUR_MS / 2));
    expect(timelines.adopt([recorded(hourly)])).toEqual(['sweep']);
    expect(all.next(start)).toBe(addMs(start, HOUR_MS));
    expect(timelines.adopt([recorded(hourly)])).toEqual([]);
  });

  it('gives players the ticks since the registration, and none where nobody has registered the job', () => {
    const { timelines, all, players, recorded } = world();
    expect(players.next(addMs(start, -DAY_MS))).not.toBeNull();
    timelines.adopt([]);
    expect(players.next(addMs(start, -DAY_MS))).toBeNull();
    timelines.adopt([recorded(hourly)]);
    expect(players.next(addMs(start, -DAY_MS))).toBe(start);
    expect(all.next(addMs(start, -DAY_MS))).toBe(addMs(start, -DAY_MS + HOUR_MS));
  });

  it('leaves a job to the others whose schedule it cannot read, and says so once', () => {
    const { lines, timelines, all, recorded } = world();
    timelines.adopt([recorded(hourly, odd)]);
    timelines.adopt([recorded(hourly, odd)]);
    expect([all.next(start), all.previous(addMs(start, DAY_MS))]).toEqual([null, null]);
    expect([...all.between(start, addMs(start, DAY_MS))]).toEqual([]);
    expect([all.cron, all.timeZone]).toEqual([odd.cron, 'UTC']);
    expect(lines).toMatchObject([{ job: 'sweep', cron: odd.cron, since: '2026-11-24T13:00:00.000Z' }]);
  });

  it('goes on where a schedule that it cannot read was replaced, as after a rollback', () => {
    const { timelines, all, recorded } = world();
    const after = { ...hourly, since: addMs(start, 2 * HOUR_MS) };
    timelines.adopt([recorded(hourly, odd, after)]);
    expect(all.next(addMs(start, -1))).toBe(start);
    expect(all.next(start)).toBe(addMs(start, 2 * HOUR_MS));
  });

  it('follows every change of the record, of its own jobs', () => {
    const { timelines, all, players, recorded } = world();
    const tokyo = { since: addMs(start, 2 * HOUR_MS), cron: '0 0 * * *', timeZone: 'Asia/Tokyo' };
    expect(timelines.adopt([recorded(hourly), { ...recorded(hourly), job: 'digest' }])).toEqual(['sweep']);
    expect(timelines.adopt([recorded(hourly, tokyo)])).toEqual(['sweep']);
    expect([all.cron, all.timeZone]).toEqual(['0 0 * * *', 'Asia/Tokyo']);
    const earlier = { since: addMs(start, -DAY_MS), cron: '30 * * * *', timeZone: 'UTC' };
    expect(timelines.adopt([recorded(earlier, hourly, tokyo)])).toEqual(['sweep']);
    expect(all.previous(start)).toBe(addMs(start, -HOUR_MS / 2));
    expect(players.previous(start)).toBeNull();
  });

  it('keeps the ticks of players when it reads the record again, or an older state of the store', () => {
    const { timelines, players, recorded } = world();
    timelines.adopt([recorded(hourly)]);
    timelines.adopt([recorded(hourly)]);
    expect(players.next(start)).toBe(addMs(start, HOUR_MS));
    timelines.adopt([]);
    expect(players.next(start)).toBe(addMs(start, HOUR_MS));
  });

  it('takes over nothing that is older than what it knows', () => {
    const { timelines, all, recorded } = world();
    const newer = { since: addMs(start, HOUR_MS), cron: '15 * * * *', timeZone: 'UTC' };
    timelines.adopt([recorded(hourly, newer)]);
    expect(timelines.adopt([recorded(hourly)])).toEqual([]);
    expect(all.cron).toBe('15 * * * *');
  });

  it('says of a job that runs once that it never will, if its instant was over when it was registered', () => {
    const once = (at: number): JobSchedule => ({
      since: start,
      cron: `@at ${new Date(start + at).toISOString()}`,
      timeZone: 'UTC',
    });
    for (const at of [0, 1, HOUR_MS]) {
      const { lines, timelines, all, recorded } = world();
      timelines.adopt([recorded(once(at))]);
      expect([all.next(addMs(start, -1)), lines]).toEqual([start + at, []]);
    }
    const { lines, timelines, all, recorded } = world();
    timelines.adopt([recorded(once(-1))]);
    expect(all.next(addMs(start, -1))).toBeNull();
    expect(lines).toEqual([
      {
        line: 'a job that runs once never runs: its instant was over when it was registered',
        job: 'sweep',
        at: '2026-11-24T11:59:59.999Z',
        registeredAt: '2026-11-24T12:00:00.000Z',
      },
    ]);
  });
});
