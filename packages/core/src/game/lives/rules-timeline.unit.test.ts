import { describe, expect, it } from 'vitest';
import { defaultLivesRules, livesRules, withRaises, type LivesRules } from './lives-rules.ts';
import { HOUR_MS, MINUTE_MS, instant, addMs, type Instant } from '../../engine/time/instant.ts';
import { asRulesInForce } from '../../engine/rules/rules-in-force.ts';
import { RulesTimeline } from '../../engine/rules/rules-timeline.ts';

const start = instant('2026-11-24T12:00:00Z');
const change = (since: Instant, maxLives: number) => ({
  name: 'lives',
  since,
  rules: { maxLives, regenMinutes: 30 },
});
const timeline = (): RulesTimeline<LivesRules> =>
  new RulesTimeline(defaultLivesRules, {
    read: ({ maxLives }) => livesRules({ maxLives: maxLives as number }),
    complete: withRaises,
  });

describe('RulesTimeline', () => {
  it('has the rules of the code for all time until the record is known', () => {
    const rules = timeline();
    expect(rules.at(-Infinity as Instant)).toBe(defaultLivesRules);
    expect(rules.until(start)).toBe(Infinity);
    rules.adopt([]);
    expect(rules.at(start)).toBe(defaultLivesRules);
  });

  it('says which rules were in force when, and until when; the first for all time before', () => {
    const rules = timeline();
    const second = addMs(start, HOUR_MS);
    rules.adopt([change(start, 3), change(second, 4)]);
    expect([addMs(start, -1), start, addMs(second, -1), second].map((at) => rules.at(at).maxLives)).toEqual([
      3, 3, 3, 4,
    ]);
    expect([addMs(start, -1), start, addMs(second, -1)].map((at) => rules.until(at))).toEqual([
      second,
      second,
      second,
    ]);
    expect(rules.until(second)).toBe(Infinity);
    expect(rules.at(start)).not.toHaveProperty('raises');
    expect(rules.at(second).raises).toEqual([{ from: 3, to: 4, notBefore: addMs(second, 30 * MINUTE_MS) }]);
  });

  it('takes over nothing older than what it knows, and nothing that cannot be', () => {
    const rules = timeline();
    const second = addMs(start, HOUR_MS);
    rules.adopt([change(start, 3), change(second, 4)]);
    rules.adopt([change(start, 3)]);
    expect(rules.at(second).maxLives).toBe(4);
    expect(() => rules.adopt([change(start, 3), change(addMs(second, 1), -1)])).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
    expect(rules.at(addMs(second, 1)).maxLives).toBe(4);
    // The same change at the same instant is no older one.
    rules.adopt([change(start, 2), change(second, 4)]);
    expect(rules.at(start).maxLives).toBe(2);
  });
});

describe('inForce', () => {
  it('takes rules without a history as the same for all time', () => {
    const rules = asRulesInForce(defaultLivesRules);
    expect([rules.at(start), rules.until(start)]).toEqual([defaultLivesRules, Infinity]);
    expect(asRulesInForce(rules)).toBe(rules);
  });
});
