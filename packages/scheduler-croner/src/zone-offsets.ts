import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, type Instant } from '@gamekeeper/core';
import { instantOf, type WallTime } from './wall-time.ts';

/**
 * The UTC offsets of a time zone, and when they change.
 *
 * The offset is read once per UTC day. A change is searched only in days that begin and end with different offsets: no
 * zone has ever changed twice within three days.
 */
export class ZoneOffsets {
  readonly #format: Intl.DateTimeFormat;
  readonly #offsetAtStartOf = new Map<number, number>();
  readonly #changeOn = new Map<number, Instant>();

  /** @throws {RangeError} if the zone is unknown */
  constructor(zone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  }

  /** Returns the offset at an instant in milliseconds: wall time = instant + offset. */
  offsetAt(at: Instant): number {
    const day = Math.floor(at / DAY_MS);
    const before = this.#offsetAtStart(day);
    const after = this.#offsetAtStart(day + 1);
    return before === after || at < this.#change(day) ? before : after;
  }

  /** Returns the first change of the offset in `(after, through]`, or `null`. */
  changeWithin(after: Instant, through: Instant): Instant | null {
    for (let day = Math.floor(after / DAY_MS); day * DAY_MS <= through; day += 1) {
      if (this.#offsetAtStart(day) === this.#offsetAtStart(day + 1)) continue;
      const change = this.#change(day);
      if (after < change && change <= through) return change;
    }
    return null;
  }

  /**
   * Returns the first instant at which the zone's clocks have reached a wall time: the earlier one if it occurs twice,
   * the end of the gap if it does not occur.
   */
  firstInstantOf(wall: WallTime): Instant {
    // No offset is as large as a day, so the instant lies between these two.
    const dayBefore = instantOf(wall, DAY_MS);
    const dayAfter = instantOf(wall, -DAY_MS);
    const early = instantOf(wall, this.offsetAt(dayBefore));
    const late = instantOf(wall, this.offsetAt(dayAfter));
    const change = early === late ? null : this.changeWithin(dayBefore, dayAfter);
    if (change === null || early < change) return early;
    return late < change ? change : late;
  }

  /** Whether the zone skips the whole day of a wall time, as Samoa skipped 30 December 2011. */
  skipsDayOf(wall: WallTime): boolean {
    const start = (Math.floor(wall / DAY_MS) * DAY_MS) as WallTime;
    return this.firstInstantOf(start) === this.firstInstantOf((start + DAY_MS) as WallTime);
  }

  #offsetAtStart(day: number): number {
    const known = this.#offsetAtStartOf.get(day);
    if (known !== undefined) return known;
    const offset = this.#lookUp(day * DAY_MS);
    this.#offsetAtStartOf.set(day, offset);
    return offset;
  }

  #change(day: number): Instant {
    const known = this.#changeOn.get(day);
    if (known !== undefined) return known;
    let before = day * DAY_MS;
    let after = before + DAY_MS;
    const offset = this.#offsetAtStart(day);
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (this.#lookUp(middle) === offset) before = middle;
      else after = middle;
    }
    this.#changeOn.set(day, after as Instant);
    return after as Instant;
  }

  #lookUp(at: number): number {
    const text = this.#format.format(at);
    const found = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text);
    if (!found)
      throw new Error(`expected an offset such as "GMT+02:00", but the platform returned "${text}"`);
    const [, sign, hours = 0, minutes = 0, seconds = 0] = found;
    const size = Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * SECOND_MS;
    return sign === '-' ? -size : size;
  }
}
