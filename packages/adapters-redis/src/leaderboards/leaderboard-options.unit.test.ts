import { describe, expect, it } from 'vitest';
import { leaderboardOptions } from './leaderboard-options.ts';
import { redisLeaderboards } from './redis-leaderboards-module.ts';

describe('redisLeaderboards', () => {
  it.each<[string, object, string]>([
    ['no time at all', { keepClosedDays: 0 }, 'leaderboards.keepClosedDays'],
    ['days by halves', { keepClosedDays: 1.5 }, 'leaderboards.keepClosedDays'],
    ['a lease of no time', { recalculationLeaseSeconds: 0 }, 'leaderboards.recalculationLeaseSeconds'],
    ['a lease in words', { recalculationLeaseSeconds: '15' }, 'leaderboards.recalculationLeaseSeconds'],
    ['a misspelt option', { keepDays: 1 }, 'leaderboards.keepDays'],
  ])('refuses %s', (_, options, option) => {
    expect(() => redisLeaderboards(options)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option }),
    );
  });

  it('keeps boards for a week, and waits 15 seconds for a silent recalculation, by default', () => {
    expect(leaderboardOptions({})).toEqual({
      keepClosedDays: 7,
      recalculationLeaseSeconds: 15,
      timeoutMs: 1_000,
    });
    expect(leaderboardOptions({ keepClosedDays: 2 }).keepClosedDays).toBe(2);
  });
});
