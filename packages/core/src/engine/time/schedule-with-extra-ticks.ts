import type { Instant } from './instant.ts';
import type { Schedule } from './schedule.ts';

/** A schedule with extra ticks in addition to those of its cron expression. */
export class ScheduleWithExtraTicks implements Schedule {
  readonly #schedule: Schedule;
  #ticks: readonly Instant[] = [];

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  get cron(): string {
    return this.#schedule.cron;
  }

  get timeZone(): string {
    return this.#schedule.timeZone;
  }

  /** Adds ticks. Adding an existing tick changes nothing. */
  add(ticks: readonly Instant[]): void {
    this.#ticks = [...new Set([...this.#ticks, ...ticks])].sort((a, b) => a - b);
  }

  next(after: Instant): Instant | null {
    const own = this.#schedule.next(after);
    const added = this.#ticks.find((tick) => tick > after) ?? null;
    return own === null || (added !== null && added < own) ? added : own;
  }

  previous(before: Instant): Instant | null {
    const own = this.#schedule.previous(before);
    const added = this.#ticks.findLast((tick) => tick < before) ?? null;
    return own === null || (added !== null && added > own) ? added : own;
  }

  *between(after: Instant, through: Instant): Iterable<Instant> {
    const added = this.#ticks.filter((tick) => tick > after && tick <= through);
    let place = 0;
    for (const own of this.#schedule.between(after, through)) {
      while (place < added.length && added[place]! < own) yield added[place++]!;
      if (added[place] === own) place += 1;
      yield own;
    }
    yield* added.slice(place);
  }
}
