import {
  MINUTE_MS,
  defaultLivesRules,
  addMs,
  userId,
  type Instant,
  type Lives,
  type LivesRules,
  type UserId,
} from '@gamekeeper/core';
import { fullLives, withRaises } from '@gamekeeper/core/game';
import fc from 'fast-check';
import { instantsNear } from './time.ts';

/**
 * Generates players' ids as hosts use them: numbers, UUIDs, mail addresses, and text that is difficult to quote and
 * sort.
 */
export function userIds(): fc.Arbitrary<UserId> {
  return fc
    .oneof(
      fc.integer({ min: 1, max: 99_999 }).map(String),
      fc.uuid(),
      fc.emailAddress(),
      fc.string({ minLength: 1, maxLength: 12, unit: 'binary' }),
      fc.constantFrom(
        "o'neill",
        'a"b',
        '{1,2}',
        '\\',
        'null',
        ' ',
        'Ä',
        'ß',
        '\u{1F3AE}',
        '\uFFFF',
        'z:z',
        '$1',
        '?',
      ),
    )
    .filter((id) => id.isWellFormed() && /^(?!\ufeff)[^\0]+$/.test(id))
    .map(userId);
}

/** Generates rules of lives that a host might choose, often the defaults. */
export function rulesOfLives(): fc.Arbitrary<LivesRules> {
  return fc.oneof(
    fc.constant(defaultLivesRules),
    fc.record({ maxLives: fc.integer({ min: 1, max: 8 }), regenMinutes: fc.integer({ min: 1, max: 120 }) }),
  );
}

/** Generates rules of lives after several deploys with different maxima, the newest of them deployed by `asOf`. */
export function rulesOfLivesBy(asOf: Instant): fc.Arbitrary<LivesRules> {
  const deploy = fc.record({
    maxLives: fc.integer({ min: 1, max: 8 }),
    regenMinutes: fc.integer({ min: 1, max: 120 }),
    agoMs: fc.oneof(fc.constantFrom(0, 30 * MINUTE_MS), fc.integer({ min: 0, max: 180 * MINUTE_MS })),
  });
  return fc.array(deploy, { minLength: 1, maxLength: 5 }).map((deploys) =>
    withRaises(
      deploys
        .toSorted((a, b) => b.agoMs - a.agoMs)
        .map(({ maxLives, regenMinutes, agoMs }) => ({
          since: addMs(asOf, -agoMs),
          rules: { maxLives, regenMinutes },
        })),
    ),
  );
}

/** Generates one player's lives around an instant: due, nearly due, not due, full, above the current maximum. */
export function livesAround(asOf: Instant, rules: LivesRules, id: UserId): fc.Arbitrary<Lives> {
  const spread = 3 * rules.regenMinutes * MINUTE_MS;
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant(fullLives(id, rules)) },
    {
      weight: 6,
      arbitrary: fc.record(
        {
          userId: fc.constant(id),
          currentLives: fc.integer({ min: 0, max: rules.maxLives + 1 }),
          lastRegenAt: fc.option(instantsNear(asOf, spread)),
          nextRegenAt: fc.option(instantsNear(asOf, spread), { freq: 10 }),
        },
        { noNullPrototype: true },
      ),
    },
  );
}

/** Generates the lives of several players with distinct ids. */
export function crowds(
  asOf: Instant,
  rules: LivesRules,
  size: { readonly minLength?: number; readonly maxLength?: number } = {},
): fc.Arbitrary<readonly Lives[]> {
  return fc
    .uniqueArray(userIds(), { minLength: 0, maxLength: 25, size: 'max', ...size })
    .chain((ids) => fc.tuple(...ids.map((id) => livesAround(asOf, rules, id))));
}
