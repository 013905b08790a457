import { describe, expect, it } from 'vitest';
import { retryAfterMs } from './retry-after.ts';

const now = Date.parse('2026-11-24T12:00:00Z');

function askedBy(status: number, headers: Record<string, string>): number | null {
  return retryAfterMs({ status, headers: new Headers(headers) }, now);
}

describe('the wait that a server asks for', () => {
  it.each([
    [429, '120', 120_000],
    [503, ' 7 ', 7_000],
    [429, 'Tue, 24 Nov 2026 12:02:00 GMT', 120_000],
    [503, 'Tue, 24 Nov 2026 11:59:00 GMT', null],
    [429, '0', null],
    [429, '-5', null],
    [429, '1.5e9x', null],
    [429, 'soon', null],
    [500, '120', null],
    [200, '120', null],
  ])('with status %i and Retry-After %j is %j ms', (status, header, ms) => {
    expect(askedBy(status, { 'retry-after': header })).toBe(ms);
  });

  it('is measured by the server’s clock if the response shows it', () => {
    const headers = { 'retry-after': 'Tue, 24 Nov 2026 10:02:00 GMT', date: 'Tue, 24 Nov 2026 10:00:00 GMT' };
    expect(askedBy(429, headers)).toBe(120_000);
  });

  it('is unknown without the header', () => expect(askedBy(429, {})).toBeNull());
});
