import { DAY_MS, HOUR_MS, MINUTE_MS } from '@gamekeeper/core';
import fc from 'fast-check';

/** One field of a cron expression: its text and its meaning. */
export interface CronField {
  readonly text: string;
  readonly has: (value: number) => boolean;
}

/** A cron expression with its meaning, which is not derived from the text. */
export interface CronCase {
  readonly cron: string;
  readonly seconds: readonly number[];
  readonly isFixedTime: boolean;
  /** Whether any date matches. */
  readonly isPossible: boolean;
  /** Whether hour, minute and day of a wall time match. */
  readonly matches: (wall: number) => boolean;
}

const daysOfLeapYear = Array.from({ length: 366 }, (_, day) => new Date(Date.UTC(2024, 0, 1 + day)));

const any: CronField = { text: '*', has: () => true };

function exactly(...values: readonly number[]): CronField {
  return { text: values.join(','), has: (value) => values.includes(value) };
}

function stepped(text: string, from: number, to: number, step: number): CronField {
  return { text, has: (value) => value >= from && value <= to && (value - from) % step === 0 };
}

/** At this time, every day. */
export function dailyAt(hour: number, minute: number): CronCase {
  return cronCase({ minute: exactly(minute), hour: exactly(hour) });
}

/** Every `step` minutes. */
export function everyMinutes(step: number): CronCase {
  return cronCase({ minute: stepped(`*/${step}`, 0, 59, step) });
}

export function cronCase({
  second,
  minute = any,
  hour = any,
  dayOfMonth = any,
  month = any,
  dayOfWeek = any,
}: {
  readonly second?: CronField | undefined;
  readonly minute?: CronField;
  readonly hour?: CronField;
  readonly dayOfMonth?: CronField;
  readonly month?: CronField;
  readonly dayOfWeek?: CronField;
}): CronCase {
  const fields = [minute, hour, dayOfMonth, month, dayOfWeek];
  const times = [second ?? exactly(0), minute, hour];
  const matchesDay = (date: Date): boolean => {
    if (!month.has(date.getUTCMonth() + 1)) return false;
    const ofMonth = dayOfMonth.has(date.getUTCDate());
    const ofWeek = dayOfWeek.has(date.getUTCDay());
    return dayOfMonth === any || dayOfWeek === any ? ofMonth && ofWeek : ofMonth || ofWeek;
  };
  return {
    cron: (second ? [second, ...fields] : fields).map(({ text }) => text).join(' '),
    seconds: Array.from({ length: 60 }, (_, value) => value).filter((second ?? exactly(0)).has),
    isFixedTime: times.every(({ text }) => !/[*/]/.test(text)),
    isPossible: daysOfLeapYear.some(matchesDay),
    matches: (wall) => {
      const time = wall - Math.floor(wall / DAY_MS) * DAY_MS;
      if (!minute.has(Math.floor(time / MINUTE_MS) % 60) || !hour.has(Math.floor(time / HOUR_MS)))
        return false;
      return matchesDay(new Date(wall));
    },
  };
}

function field(lowest: number, highest: number): fc.Arbitrary<CronField> {
  const value = fc.integer({ min: lowest, max: highest });
  const step = fc.integer({ min: 1, max: Math.min(20, highest - lowest) });
  const range = fc
    .tuple(value, value)
    .map(([one, other]) => [Math.min(one, other), Math.max(one, other)] as const);
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant(any) },
    { weight: 2, arbitrary: value.map((single) => exactly(single)) },
    {
      weight: 2,
      arbitrary: fc.uniqueArray(value, { minLength: 2, maxLength: 4 }).map((values) => exactly(...values)),
    },
    { weight: 1, arbitrary: range.map(([from, to]) => stepped(`${from}-${to}`, from, to, 1)) },
    { weight: 1, arbitrary: step.map((size) => stepped(`*/${size}`, lowest, highest, size)) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(range, step)
        .map(([[from, to], size]) => stepped(`${from}-${to}/${size}`, from, to, size)),
    },
  );
}

/** Times of day, most of them near clock changes. */
export const timeOfDay: fc.Arbitrary<{ readonly hour: number; readonly minute: number }> = fc.record({
  hour: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(22, 23, 0, 1, 2, 3) },
    fc.integer({ min: 0, max: 23 }),
  ),
  minute: fc.integer({ min: 0, max: 59 }),
});

const seconds = fc.oneof(
  fc
    .uniqueArray(fc.integer({ min: 0, max: 59 }), { minLength: 1, maxLength: 3 })
    .map((values) => exactly(...values)),
  fc.integer({ min: 15, max: 45 }).map((step) => stepped(`*/${step}`, 0, 59, step)),
);

/** Cron expressions of every form that match in most weeks. */
export const cronCases: fc.Arbitrary<CronCase> = fc.oneof(
  timeOfDay.map(({ hour, minute }) => dailyAt(hour, minute)),
  fc
    .record({
      second: fc.option(seconds, { nil: undefined, freq: 1 }),
      minute: field(0, 59),
      hour: field(0, 23),
      dayOfMonth: fc.oneof({ weight: 2, arbitrary: fc.constant(any) }, field(1, 31)),
      month: fc.oneof({ weight: 4, arbitrary: fc.constant(any) }, field(1, 12)),
      dayOfWeek: fc.oneof({ weight: 2, arbitrary: fc.constant(any) }, field(0, 6)),
    })
    .map(cronCase)
    .filter(({ isPossible }) => isPossible),
);
