import { InvalidInstantError, instant, iso, type Instant, type InstantLike } from './instant.ts';
import { InvalidScheduleError, type Schedule, type ScheduleParser, type ScheduleSpec } from './schedule.ts';

/** When a job is due that runs once: at one instant. */
export interface OneTimeSpec {
  /** A `Date`, ISO 8601 text with its time zone, or milliseconds since 1970. */
  readonly at: InstantLike;
}

const NICKNAME = '@at';

/**
 * Returns a schedule of one tick as it is recorded, shown and parsed: `@at 2026-12-24T17:00:00.000Z`.
 *
 * @throws {InvalidInstantError}
 */
export function oneTimeSpec({ at }: OneTimeSpec): ScheduleSpec {
  return { cron: `${NICKNAME} ${iso(at)}` };
}

/** Returns a parser that parses schedules of one tick, and leaves all others to the given one. */
export function withOneTimeSchedules(parser: ScheduleParser): ScheduleParser {
  return {
    parse: (spec) => {
      const [, text] = new RegExp(`^\\s*${NICKNAME}\\s(.*)$`).exec(spec.cron) ?? [];
      return text === undefined ? parser.parse(spec) : new OneTimeSchedule(tickIn(spec, text.trim()));
    },
  };
}

/** A schedule of one tick. */
export class OneTimeSchedule implements Schedule {
  readonly cron: string;
  readonly timeZone = 'UTC';
  readonly tick: Instant;

  constructor(tick: Instant) {
    this.cron = oneTimeSpec({ at: tick }).cron;
    this.tick = tick;
  }

  next(after: Instant): Instant | null {
    return this.tick > after ? this.tick : null;
  }

  previous(before: Instant): Instant | null {
    return this.tick < before ? this.tick : null;
  }

  between(after: Instant, through: Instant): Iterable<Instant> {
    return after < this.tick && this.tick <= through ? [this.tick] : [];
  }
}

function tickIn(spec: ScheduleSpec, text: string): Instant {
  if (spec.timeZone !== undefined && spec.timeZone !== 'UTC')
    throw new InvalidScheduleError(spec, 'an instant has its own time zone; leave timeZone out');
  try {
    return instant(text);
  } catch (cause) {
    if (!(cause instanceof InvalidInstantError)) throw cause;
    throw new InvalidScheduleError(
      spec,
      `write ISO text with its time zone, such as "${NICKNAME} 2026-12-24T17:00:00Z"`,
      { cause },
    );
  }
}
