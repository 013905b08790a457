import type { Instant } from '@gamekeeper/core';
import type { Schedule } from '@gamekeeper/core/ports';
import type { CronExpression } from './cron-expression.ts';
import { nextTick } from './next-tick.ts';
import { tickBefore, type TickInterval } from './tick-before.ts';
import type { ZoneOffsets } from './zone-offsets.ts';

/** Croner supports the years 1 to 2999; one day is kept free for the offset of the zone. */
const EARLIEST = Date.parse('0001-01-02T00:00:00Z') as Instant;
const LATEST = Date.parse('3000-01-02T00:00:00Z') as Instant;

/** Enough for the parts that use one schedule at the same time: timer, catch-up and health check. */
const CACHE_SIZE = 4;

interface CachedTickInterval extends TickInterval {
  readonly fromIsTick: boolean;
}

/** A {@link Schedule} whose wall-clock times are computed by Croner. Created by `CronerScheduleParser`. */
export class CronerSchedule implements Schedule {
  readonly cron: string;
  readonly timeZone: string;
  readonly #next: (after: Instant) => Instant | null;
  #cache: readonly CachedTickInterval[] = [];

  constructor({
    cron,
    zone,
    expression,
    offsets,
  }: {
    readonly cron: string;
    readonly zone: string;
    readonly expression: CronExpression;
    readonly offsets: ZoneOffsets;
  }) {
    this.cron = cron;
    this.timeZone = zone;
    this.#next = (after) =>
      after < LATEST ? nextTick(expression, offsets, Math.max(after, EARLIEST) as Instant) : null;
  }

  next(after: Instant): Instant | null {
    const known = this.#cache.find(({ from, to }) => from <= after && (to === null || after < to));
    if (known) return known.to;
    const to = this.#next(after);
    this.#addToCache({ from: after, to, fromIsTick: this.#cache.some((stretch) => stretch.to === after) });
    return to;
  }

  previous(before: Instant): Instant | null {
    const known = this.#cache.find(
      ({ from, to, fromIsTick }) => fromIsTick && from < before && (to === null || before <= to),
    );
    if (known) return known.from;
    const found = tickBefore(this.#next, Math.min(before, LATEST) as Instant, EARLIEST);
    if (found === null) return null;
    this.#addToCache({ ...found, fromIsTick: true });
    return found.from;
  }

  between(after: Instant, through: Instant): Iterable<Instant> {
    return { [Symbol.iterator]: () => this.#walk(after, through) };
  }

  *#walk(after: Instant, through: Instant): Generator<Instant, void> {
    for (let tick = this.next(after); tick !== null && tick <= through; tick = this.next(tick)) yield tick;
  }

  #addToCache(stretch: CachedTickInterval): void {
    this.#cache = [stretch, ...this.#cache.slice(0, CACHE_SIZE - 1)];
  }
}
