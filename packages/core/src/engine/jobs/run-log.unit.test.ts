import { expect, it } from 'vitest';
import type { Logger } from '../common/logger.ts';
import { addMs, instant, iso } from '../time/instant.ts';
import { RunLog } from './run-log.ts';

const tick = instant('2026-11-24T10:00:00Z');

function logOf(limit: number) {
  let now = tick;
  const log = new RunLog({ limit, now: () => (now = addMs(now, 1)) });
  const written: unknown[][] = [];
  const write = (...line: unknown[]): void => void written.push(line);
  const inner: Logger = { debug: write, info: write, warn: write, error: write };
  return { log, logger: log.keeping(inner), written };
}

const about = (minutes: number, job = 'mails') => ({ job, tick: iso(addMs(tick, minutes * 60_000)) });

it('keeps the lines about a run, of all levels, and passes every line on', () => {
  const { log, logger, written } = logOf(10);
  logger.debug('run started', { ...about(0), attempt: 1 });
  logger.error('run failed', { ...about(0), error: 'disk full' });
  logger.info('run succeeded', about(0, 'other'));
  logger.warn('ticks skipped', { job: 'mails', count: 2 });
  logger.info('connected');
  expect(log.of('mails', tick)).toEqual({
    lines: [
      { at: addMs(tick, 1), level: 'debug', text: 'run started attempt=1' },
      { at: addMs(tick, 2), level: 'error', text: 'run failed error="disk full"' },
    ],
    dropped: 0,
  });
  expect(log.of('mails', addMs(tick, 1)).lines).toEqual([]);
  expect(written).toHaveLength(5);
  expect(written[4]).toEqual(['connected']);
});

it('forgets the run whose last line is the oldest', () => {
  const { log, logger } = logOf(4);
  for (const minute of [0, 0, 1, 0, 2]) logger.info('line', about(minute));
  expect([0, 1, 2].map((minute) => log.of('mails', addMs(tick, minute * 60_000)).lines.length)).toEqual([
    3, 0, 1,
  ]);
});

it('keeps the newest lines of one run only, and says how many were dropped', () => {
  const { log, logger } = logOf(1_000);
  for (let line = 0; line < 130; line += 1) logger.info(`line ${line}`, about(0));
  const { lines, dropped } = log.of('mails', tick);
  expect([lines.length, lines[0]!.text, lines.at(-1)!.text, dropped]).toEqual([
    100,
    'line 30',
    'line 129',
    30,
  ]);
  const small = logOf(3);
  for (let line = 0; line < 5; line += 1) small.logger.info(`line ${line}`, about(0));
  expect(small.log.of('mails', tick)).toMatchObject({ lines: [{}, {}, { text: 'line 4' }], dropped: 2 });
});

it('shortens long lines, and keeps nothing if it is off', () => {
  const { log, logger } = logOf(5);
  logger.info('x'.repeat(2_000), about(0));
  expect(log.of('mails', tick).lines[0]!.text).toMatch(/^x{999}…$/);
  const off = logOf(0);
  off.logger.info('line', about(0));
  expect([off.log.of('mails', tick).lines, off.log.isOn, off.written.length]).toEqual([[], false, 1]);
});
