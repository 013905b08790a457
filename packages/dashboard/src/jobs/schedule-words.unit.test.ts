import { expect, it } from 'vitest';
import { scheduleInWords } from './schedule-words.ts';

it.each([
  ['*/30 * * * *', 'every 30 minutes'],
  ['* * * * *', 'every minute'],
  ['0 * * * *', 'every hour'],
  ['5 * * * *', 'every hour, 5 minutes past'],
  ['0 */6 * * *', 'every 6 hours'],
  ['0 0 * * *', 'at 00:00'],
  ['30 3 * * *', 'at 03:30'],
  ['0 0 * * 1', 'every Monday at 00:00'],
  ['0 0 * * sun', 'every Sunday at 00:00'],
  ['0 0 1 * *', 'on day 1 of every month at 00:00'],
  ['15 4 24 12 *', 'on day 24 of December at 04:15'],
  ['0 0 5 * * *', 'at 05:00'],
  ['@at 2026-12-24T17:00:00.000Z', 'once, at 2026-12-24T17:00:00.000Z'],
])('says %s as "%s"', (cron, words) => {
  expect(scheduleInWords(cron)).toBe(words);
});

it.each([
  '*/7 * * * *',
  '0 */5 * * *',
  '0 0 1 * 1',
  '0 9-17 * * *',
  '30 0 0 * * *',
  '1,2 * * * *',
  'nonsense',
])('has no words for %s that would be true', (cron) => {
  expect(scheduleInWords(cron)).toBeNull();
});
