import { minInstant, addMs, maxInstant, type Instant } from './instant.ts';
import { timeZoneAt, type Schedule } from './schedule.ts';

/** A schedule and the instant from which it applies, until the next segment begins. */
export interface TimelineSegment {
  readonly since: Instant;
  readonly schedule: Schedule;
}

/**
 * All schedules that a job has had, as one schedule: each tick is computed by the schedule that applied at its
 * instant. The first schedule also applies to all time before it, so that ticks before the job was recorded can be
 * computed.
 */
export class ScheduleTimeline implements Schedule {
  readonly #segments: readonly TimelineSegment[];

  /** @param segments at least one, oldest first */
  constructor(segments: readonly TimelineSegment[]) {
    this.#segments = segments;
  }

  /** The cron expression of the newest schedule. */
  get cron(): string {
    return this.#newest.cron;
  }

  /** The time zone of the newest schedule. */
  get timeZone(): string {
    return this.#newest.timeZone;
  }

  timeZoneAt(at: Instant): string {
    const index = this.#segments.findLastIndex(({ since }) => since <= at);
    return timeZoneAt(this.#segments[Math.max(index, 0)]!.schedule, at);
  }

  next(after: Instant): Instant | null {
    for (const { schedule, from, until } of this.#spans()) {
      const tick = schedule.next(maxInstant(after, addMs(from, -1)));
      if (tick !== null && tick < until) return tick;
    }
    return null;
  }

  previous(before: Instant): Instant | null {
    for (const { schedule, from, until } of this.#spans().reverse()) {
      const tick = schedule.previous(minInstant(before, until));
      if (tick !== null && tick >= from) return tick;
    }
    return null;
  }

  *between(after: Instant, through: Instant): Iterable<Instant> {
    for (const { schedule, from, until } of this.#spans()) {
      yield* schedule.between(maxInstant(after, addMs(from, -1)), minInstant(through, addMs(until, -1)));
    }
  }

  get #newest(): Schedule {
    return this.#segments.at(-1)!.schedule;
  }

  /** The half-open interval in which each schedule applies. */
  #spans(): { readonly schedule: Schedule; readonly from: Instant; readonly until: Instant }[] {
    return this.#segments.map(({ schedule, since }, index) => ({
      schedule,
      from: index === 0 ? EVER : since,
      until: this.#segments[index + 1]?.since ?? NEVER,
    }));
  }
}

/** A schedule limited to the ticks after an instant. */
export class TicksAfter implements Schedule {
  readonly #schedule: Schedule;
  readonly #after: Instant;

  constructor(schedule: Schedule, after: Instant) {
    this.#schedule = schedule;
    this.#after = after;
  }

  get cron(): string {
    return this.#schedule.cron;
  }

  get timeZone(): string {
    return this.#schedule.timeZone;
  }

  timeZoneAt(at: Instant): string {
    return timeZoneAt(this.#schedule, at);
  }

  next(after: Instant): Instant | null {
    return this.#schedule.next(maxInstant(after, this.#after));
  }

  previous(before: Instant): Instant | null {
    const tick = this.#schedule.previous(before);
    return tick !== null && tick > this.#after ? tick : null;
  }

  between(after: Instant, through: Instant): Iterable<Instant> {
    return this.#schedule.between(maxInstant(after, this.#after), through);
  }
}

const EVER = -Infinity as Instant;
const NEVER = Infinity as Instant;
