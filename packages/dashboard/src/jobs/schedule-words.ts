const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const dayNames = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const months = [
  '',
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/**
 * Returns a cron expression in words, such as `every 30 minutes`; `null` if it has a form that has no short words: the
 * expression itself is then the best description.
 */
export function scheduleInWords(cron: string): string | null {
  const once = /^@at (.*)$/.exec(cron);
  if (once) return `once, at ${once[1]!}`;
  const fields = cron.trim().split(/\s+/);
  const [second, minute, hour, day, month, weekday] = fields.length === 5 ? ['0', ...fields] : fields;
  if (fields.length > 6 || fields.length < 5 || second !== '0') return null;
  const when = timeInWords(minute!, hour!);
  const on = dateInWords(day!, month!, weekday!);
  return when === null || on === null ? null : `${on}${when}`.trim();
}

function timeInWords(minute: string, hour: string): string | null {
  const every = /^\*\/(\d+)$/;
  const minutes = every.exec(minute)?.[1];
  if (hour === '*' && minute === '*') return 'every minute';
  // Only divisors of an hour or a day keep their distance.
  if (hour === '*' && minutes) return 60 % Number(minutes) === 0 ? `every ${minutes} minutes` : null;
  if (!/^\d{1,2}$/.test(minute)) return null;
  const hours = every.exec(hour)?.[1];
  if (hour === '*') return minute === '0' ? 'every hour' : `every hour, ${minute} minutes past`;
  if (hours) return 24 % Number(hours) === 0 && minute === '0' ? `every ${hours} hours` : null;
  if (!/^\d{1,2}$/.test(hour)) return null;
  return `at ${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
}

function dateInWords(day: string, month: string, weekday: string): string | null {
  if (day === '*' && month === '*' && weekday === '*') return '';
  const inMonth = month === '*' ? '' : monthInWords(month);
  if (inMonth === null) return null;
  if (day === '*') {
    const name = weekday === '*' ? 'day' : weekdayInWords(weekday);
    return name === null ? null : `every ${name}${inMonth} `;
  }
  if (weekday !== '*' || !/^\d{1,2}$/.test(day)) return null;
  return `on day ${day} of ${month === '*' ? 'every month' : inMonth.replace(' in ', '')} `;
}

function monthInWords(month: string): string | null {
  return /^\d{1,2}$/.test(month) && months[Number(month)] ? ` in ${months[Number(month)]!}` : null;
}

function weekdayInWords(weekday: string): string | null {
  const index = /^\d$/.test(weekday) ? Number(weekday) : dayNames.indexOf(weekday.toUpperCase());
  return days[index] ?? null;
}
