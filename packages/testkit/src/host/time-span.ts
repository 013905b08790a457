import { DAY_MS, HOUR_MS, InvalidOptionError, MINUTE_MS, SECOND_MS } from '@gamekeeper/core';
import { assertKnownOptions, givenObject } from '@gamekeeper/core/engine';

/** A span of time. Its parts are added up. */
export interface TimeSpan {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
  readonly ms?: number;
}

const unitMs = { days: DAY_MS, hours: HOUR_MS, minutes: MINUTE_MS, seconds: SECOND_MS, ms: 1 } as const;

/**
 * Returns the length of a span in milliseconds; a day has 24 hours.
 *
 * @throws {InvalidOptionError}
 */
export function spanMs(span: TimeSpan | number): number {
  if (typeof span === 'number') return span;
  givenObject('span', span, 'must be a number of milliseconds, or an object such as { days: 1 }');
  assertKnownOptions('span.', span, Object.keys(unitMs));
  let sum = 0;
  for (const unit of ['days', 'hours', 'minutes', 'seconds', 'ms'] as const) {
    const value = span[unit] ?? 0;
    if (typeof value !== 'number') throw new InvalidOptionError(`span.${unit}`, value, 'must be a number');
    sum += value * unitMs[unit];
  }
  return sum;
}
