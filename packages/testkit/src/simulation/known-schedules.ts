import { DAY_MS, addMs, type Instant, type ScheduleSpec } from '@gamekeeper/core';
import { withOneTimeSchedules } from '@gamekeeper/core/engine';
import { type Schedule, type ScheduleParser } from '@gamekeeper/core/ports';

/** Parses schedules and caches their ticks around a time range, for all histories in it. */
export class KnownSchedules implements ScheduleParser {
  readonly #schedules: ScheduleParser;
  readonly #from: Instant;
  readonly #through: Instant;
  readonly #known = new Map<string, Schedule>();

  constructor(schedules: ScheduleParser, { from, days }: { readonly from: Instant; readonly days: number }) {
    this.#schedules = withOneTimeSchedules(schedules);
    this.#from = addMs(from, -DAY_MS);
    this.#through = addMs(from, (days + 1) * DAY_MS);
  }

  parse(spec: ScheduleSpec): Schedule {
    const name = `${spec.cron} ${spec.timeZone ?? 'UTC'}`;
    const known =
      this.#known.get(name) ?? new KnownSchedule(this.#schedules.parse(spec), this.#from, this.#through);
    this.#known.set(name, known);
    return known;
  }
}

class KnownSchedule implements Schedule {
  readonly cron: string;
  readonly timeZone: string;
  readonly #schedule: Schedule;
  readonly #ticks: readonly Instant[];

  constructor(schedule: Schedule, from: Instant, through: Instant) {
    this.cron = schedule.cron;
    this.timeZone = schedule.timeZone;
    this.#schedule = schedule;
    this.#ticks = [...schedule.between(from, through)];
  }

  next(after: Instant): Instant | null {
    const first = this.#ticks[0];
    const next = this.#ticks[this.#countThrough(after)];
    return first !== undefined && first <= after && next !== undefined ? next : this.#schedule.next(after);
  }

  previous(before: Instant): Instant | null {
    const last = this.#ticks.at(-1);
    const previous = this.#ticks[this.#countThrough(addMs(before, -1)) - 1];
    return last !== undefined && before <= last && previous !== undefined
      ? previous
      : this.#schedule.previous(before);
  }

  *between(after: Instant, through: Instant): Iterable<Instant> {
    for (let tick = this.next(after); tick !== null && tick <= through; tick = this.next(tick)) yield tick;
  }

  /** Returns how many of the cached ticks are at or before an instant. */
  #countThrough(at: Instant): number {
    let [low, high] = [0, this.#ticks.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ticks[middle]! <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
