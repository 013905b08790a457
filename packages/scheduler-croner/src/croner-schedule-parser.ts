import { InvalidScheduleError, type ScheduleSpec } from '@gamekeeper/core';
import { requiredOptions } from '@gamekeeper/core/engine';
import { type Schedule, type ScheduleParser } from '@gamekeeper/core/ports';
import { readCronExpression, type CronExpression } from './cron-expression.ts';
import { CronerSchedule } from './croner-schedule.ts';
import type { WallTime } from './wall-time.ts';
import { ZoneOffsets } from './zone-offsets.ts';

/**
 * Parses cron expressions of five fields, or six with seconds first, in any IANA time zone.
 *
 * @example
 * const schedule = new CronerScheduleParser().parse({ cron: '30 2 * * *', timeZone: 'Europe/Berlin' });
 */
export class CronerScheduleParser implements ScheduleParser {
  parse(spec: ScheduleSpec): Schedule {
    requiredOptions('schedule.', spec, ['cron', 'timeZone']);
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
    throw new InvalidScheduleError(spec, 'the expression never matches a date; change day of month or month');
  return expression;
}

function read(spec: ScheduleSpec): CronExpression {
  const shape =
    'write five fields (minute, hour, day of month, month, day of week), or six with seconds first';
  const text = typeof spec.cron === 'string' ? spec.cron.trim() : '';
  const isNickname = text.startsWith('@');
  const fields = text === '' ? 0 : text.split(/\s+/).length;
  if (!isNickname && fields !== 5 && fields !== 6)
    throw new InvalidScheduleError(spec, `it has ${fields} fields; ${shape}`);
  try {
    return readCronExpression(text);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const reason = isNickname ? 'this nickname does not exist' : message.replace(/^CronPattern: |\.$/g, '');
    throw new InvalidScheduleError(spec, `${reason}; ${shape}`, { cause });
  }
}

function offsetsOf(spec: ScheduleSpec, zone: string): ZoneOffsets {
  const shape = 'use an IANA name such as "Europe/Berlin"';
  if (typeof zone !== 'string' || /^[+-]/.test(zone))
    throw new InvalidScheduleError(spec, `the time zone is not a name of a time zone; ${shape}`);
  try {
    return new ZoneOffsets(zone);
  } catch (cause) {
    throw new InvalidScheduleError(spec, `the time zone is unknown; ${shape}`, { cause });
  }
}
