import { describe, expect, it } from 'vitest';
import { addMs, instant } from './instant.ts';
import { PLAYED_AHEAD_MS, resolvePlayedAt } from './played-at.ts';

const now = instant('2026-11-24T12:00:00Z');

describe('when a player’s action happened', () => {
  it('is now if the host does not say', () => {
    expect(resolvePlayedAt(now, undefined)).toBe(now);
  });

  it('is what the host says, however long ago, and up to a minute ahead, because clocks differ', () => {
    expect(resolvePlayedAt(now, new Date('2019-01-01T00:00:00Z'))).toBe(Date.UTC(2019));
    expect(resolvePlayedAt(now, addMs(now, PLAYED_AHEAD_MS))).toBe(addMs(now, 60_000));
  });

  it('is refused a millisecond later, by the name of the option', () => {
    expect(() => resolvePlayedAt(now, addMs(now, 60_001))).toThrow(
      /^Option at must not be more than a minute after now, 2026-11-24T12:00:00.000Z; got "2026-11-24T12:01:00.001Z"/,
    );
    expect(() => resolvePlayedAt(now, addMs(now, 60_001), 'earnedAt')).toThrow(/^Option earnedAt must not/);
    expect(() => resolvePlayedAt(now, 'yesterday')).toThrow(
      expect.objectContaining({ code: 'INVALID_INSTANT' }),
    );
  });
});
