import { InvalidScheduleError, type ScheduleSpec } from '@gamekeeper/core';
import { type Schedule, type ScheduleParser } from '@gamekeeper/core/ports';
import { readCronExpression, type CronExpression } from './cron-expression.ts';
import { CronerSchedule } from './croner-schedule.ts';
import type { WallTime } from './wall-time.ts';
import { ZoneOffsets } from './zone-offsets.ts';

/**
 * Makes schedules from cron expressions of five fields, or six with seconds first, in any IANA time zone.
 *
 * @example
 * const schedule = new CronerSchedules().parse({ cron: '30 2 * * *', timeZone: 'Europe/Berlin' });
 */
export class CronerScheduleParser implements ScheduleParser {
  parse(spec: ScheduleSpec): Schedule {
    const { cron, timeZone = 'UTC' } = spec;
    return new CronerSchedule({
      cron,
      zone: timeZone,
      expression: expressionOf(spec),
      offsets: offsetsOf(spec, timeZone),
    });
  }
}

function expressionOf(spec: ScheduleSpec): CronExpression {
  const expression = read(spec);
  if (expression.next(0 as WallTime) === null)
    throw new InvalidScheduleError(
      spec,
      'there is no such date, so it can never fire; name a day that comes',
    );
  return expression;
}

function read(spec: ScheduleSpec): CronExpression {
  const shape =
    'give five fields (minute, hour, day of month, month, day of week), or six with seconds first';
  const text = typeof spec.cron === 'string' ? spec.cron.trim() : '';
  const isNickname = text.startsWith('@');
  const fields = text === '' ? 0 : text.split(/\s+/).length;
  if (!isNickname && fields !== 5 && fields !== 6)
    throw new InvalidScheduleError(spec, `it has ${fields} fields; ${shape}`);
  try {
    return readCronExpression(text);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const reason = isNickname ? 'there is no such name' : message.replace(/^CronPattern: |\.$/g, '');
    throw new InvalidScheduleError(spec, `${reason}; ${shape}`, { cause });
  }
}

function offsetsOf(spec: ScheduleSpec, zone: string): ZoneOffsets {
  const shape = 'give an IANA name such as "Europe/Berlin"';
  if (typeof zone !== 'string' || /^[+-]/.test(zone))
    throw new InvalidScheduleError(spec, `the zone is no time zone's name; ${shape}`);
  try {
    return new ZoneOffsets(zone);
  } catch (cause) {
    throw new InvalidScheduleError(spec, `the time zone is unknown; ${shape}`, { cause });
  }
}
