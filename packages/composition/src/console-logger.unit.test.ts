import type { LogFields, Logger } from '@gamekeeper/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { consoleLogger } from './console-logger.ts';

describe('consoleLogger', () => {
  const out: string[] = [];
  const errors: string[] = [];

  beforeEach(() => {
    vi.useFakeTimers({ now: Date.UTC(2026, 10, 24, 12) });
    vi.spyOn(process.stdout, 'write').mockImplementation((line) => out.push(String(line)) > 0);
    vi.spyOn(process.stderr, 'write').mockImplementation((line) => errors.push(String(line)) > 0);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
    out.length = 0;
    errors.length = 0;
  });

  it('writes one line per message: time, severity, message, fields', () => {
    consoleLogger().info('run succeeded', { job: 'life-regeneration', processed: 12, batches: 1 });
    expect(out).toEqual([
      '2026-11-24T12:00:00.000Z info  run succeeded job=life-regeneration processed=12 batches=1\n',
    ]);
  });

  it('writes warnings and errors to the error stream', () => {
    writeAll(consoleLogger({ level: 'debug' }));
    expect(out.map(severity)).toEqual(['debug', 'info']);
    expect(errors.map(severity)).toEqual(['warn', 'error']);
  });

  it.each([
    ['debug', 4],
    ['info', 3],
    ['warn', 2],
    ['error', 1],
  ] as const)('writes from level %s on', (level, lines) => {
    writeAll(consoleLogger({ level }));
    expect(out.length + errors.length).toBe(lines);
  });

  it('quotes what would not be one word, and leaves out what is not there', () => {
    expect(fieldsOf({ error: 'it "fell" over\n', owner: '', cause: undefined, list: [1, 'a'] })).toBe(
      String.raw` error="it \"fell\" over\n" owner="" list=[1,"a"]`,
    );
  });

  it('never throws, whatever it is told', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    expect(fieldsOf({ count: 12n, circle, error: new Error('gone'), run: Symbol('s'), none: null })).toBe(
      ' count=12 circle=[object Object] error=Error: gone run=Symbol(s) none=null',
    );
  });

  function fieldsOf(fields: LogFields): string {
    consoleLogger().info('told', fields);
    return out.at(-1)!.split('told')[1]!.trimEnd();
  }
});

function writeAll(logger: Logger): void {
  for (const severity of ['debug', 'info', 'warn', 'error'] as const) logger[severity]('told');
}

function severity(line: string): string | undefined {
  return line.split(' ')[1];
}
