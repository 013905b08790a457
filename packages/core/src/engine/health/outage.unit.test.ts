import { VirtualClock } from '@gamekeeper/testkit';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { LogFields, Logger } from '../common/logger.ts';
import { instant, addMs } from '../time/instant.ts';
import { Outage, type OutageOptions } from './outage.ts';
import { Outages } from './outages.ts';

const noon = instant('2026-11-24T12:00:00Z');
const options: OutageOptions = {
  name: 'cache',
  operations: ['read', 'update'],
  startMessage: 'it fails',
  endMessage: 'it works',
  level: 'warn',
  stableAfterMs: 10_000,
  forgetAfterMs: 300_000,
};

describe('an outage', () => {
  let clock: VirtualClock;
  let lines: [string, string, LogFields | undefined][];
  let logger: Logger;
  let outage: Outage;
  beforeEach(() => {
    clock = new VirtualClock(noon);
    lines = [];
    const keep = (level: string) => (text: string, fields?: LogFields) =>
      void lines.push([level, text, fields]);
    logger = { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
    outage = new Outage(options, { clock, logger });
  });
  const pass = (ms: number): void => clock.jumpTo(addMs(clock.now(), ms));

  it('is one line when it begins and one when it has ended, with how often it failed and for how long', () => {
    for (let count = 0; count < 500; count += 1)
      outage.failed('update', new Error(`gone ${count}`), { count });
    pass(60_000);
    outage.succeeded('update');
    expect(lines).toEqual([
      ['warn', 'it fails', { dependency: 'cache', operation: 'update', count: 0, error: 'gone 0' }],
      [
        'info',
        'it works',
        { dependency: 'cache', failures: 500, since: '2026-11-24T12:00:00.000Z', durationMs: 60_000 },
      ],
    ]);
    expect(outage.counts).toEqual({
      outages: 1,
      failures: new Map([
        ['read', 0],
        ['update', 500],
      ]),
    });
  });

  it('shows since when, how often and why it fails', () => {
    expect(outage.current()).toBeNull();
    outage.failed('read', new Error('first'));
    pass(1_000);
    outage.failed('update', new Error('second'));
    expect(outage.current()).toEqual({
      dependency: 'cache',
      since: noon,
      failures: 2,
      lastFailureAt: addMs(noon, 1_000),
      error: 'second',
    });
  });

  it('goes on while one operation fails, although another succeeds', () => {
    outage.failed('update', new Error('READONLY'));
    pass(20_000);
    outage.succeeded('read');
    expect(outage.current()).not.toBeNull();
    outage.succeeded('update');
    expect(outage.current()).toBeNull();
  });

  it('goes on where failures and successes alternate, and ends when none has failed for a while', () => {
    for (let count = 0; count < 100; count += 1) {
      outage.failed('read', new Error('timeout'));
      pass(100);
      outage.succeeded('read');
    }
    expect(lines).toHaveLength(1);
    pass(9_900);
    expect(outage.current()).toBeNull();
    expect(lines[1]![2]).toMatchObject({ failures: 100, durationMs: 10_000 });
  });

  it('counts as over when nobody has used it for long', () => {
    outage.failed('read', new Error('gone'));
    pass(299_999);
    expect(outage.current()).not.toBeNull();
    pass(1);
    expect(outage.current()).toBeNull();
    expect(lines.map(([, text]) => text)).toEqual(['it fails', 'it works']);
    expect(lines[1]![2]).toMatchObject({ durationMs: 0 });
  });

  it('ends in time although the clock was put back', () => {
    outage.failed('read', new Error('gone'));
    pass(-3_600_000);
    outage.succeeded('read');
    expect(outage.current()).toBeNull();
    expect(lines[1]![2]).toMatchObject({ durationMs: 0 });
  });

  it('is told of at most twice per quiet span, whatever happens when', () => {
    const step = fc.record({
      ms: fc.integer({ min: 0, max: 30_000 }),
      operation: fc.constantFrom('read', 'update'),
      fails: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        lines.length = 0;
        const start = clock.now();
        const one = new Outage(options, { clock, logger });
        let failures = 0;
        for (const { ms, operation, fails } of steps) {
          pass(ms);
          if (fails) one.failed(operation, new Error('gone'));
          else one.succeeded(operation);
          failures += fails ? 1 : 0;
        }
        const current = one.current();
        const ended = lines.filter(([, text]) => text === 'it works');
        const began = lines.length - ended.length;
        expect(began - ended.length).toBe(current ? 1 : 0);
        expect(began).toBeLessThanOrEqual(1 + (clock.now() - start) / 10_000);
        const counted = [
          ...ended.map(([, , fields]) => fields!['failures'] as number),
          current?.failures ?? 0,
        ];
        expect(counted.reduce((sum, count) => sum + count)).toBe(failures);
      }),
    );
  });
});

it('outages are one for each name, and tell what does not work now', () => {
  const clock = new VirtualClock(noon);
  const ignore = (): void => undefined;
  const outages = new Outages({
    clock,
    logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  });
  const cache = outages.of(options);
  expect(outages.of({ ...options, startMessage: 'otherwise' })).toBe(cache);
  outages.of({ ...options, name: 'bus' }).failed('publish', new Error('gone'));
  expect(outages.current()).toMatchObject([{ dependency: 'bus', failures: 1 }]);
  expect(outages.all.map(({ name }) => name)).toEqual(['cache', 'bus']);
});
