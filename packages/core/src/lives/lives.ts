import type { Change, LivesRefilled } from '../events/domain-event.ts';
import type { UserId } from '../ids.ts';
import { MINUTE_MS, iso, later, type Instant } from '../time/instant.ts';
import type { Schedule } from '../time/schedule.ts';
import type { LivesRules } from './lives-rules.ts';

/** How many lives a player has, and when the next one comes. */
export interface Lives {
  readonly userId: UserId;
  readonly currentLives: number;
  /** The tick that last gave a life; `null` until one has. */
  readonly lastRegenAt: Instant | null;
  /** From when on a tick gives the next life; `null` until a life has been spent. Means nothing at the maximum. */
  readonly nextRegenAt: Instant | null;
}

/** What became of spending a life. A refusal is an answer, not an error. */
export type SpendResult =
  | { readonly ok: true; readonly lives: Lives }
  | { readonly ok: false; readonly reason: 'no-lives'; readonly lives: Lives };

/** The lives of a player who has never played: all of them. */
export function fullLives(userId: UserId, rules: LivesRules): Lives {
  return { userId, currentLives: rules.maxLives, lastRegenAt: null, nextRegenAt: null };
}

/** Whether a tick at `asOf` gives this player a life. */
export function isDue(lives: Lives, asOf: Instant, rules: LivesRules): boolean {
  return lives.currentLives < rules.maxLives && lives.nextRegenAt !== null && lives.nextRegenAt <= asOf;
}

/** One tick of regeneration: one life for a player who is due, nothing for anyone else. */
export function regenerate(lives: Lives, asOf: Instant, rules: LivesRules): Change<Lives> {
  if (!isDue(lives, asOf, rules)) return { state: lives, events: [] };
  const currentLives = lives.currentLives + 1;
  return {
    state: { ...lives, currentLives, lastRegenAt: asOf, nextRegenAt: afterRegenTime(asOf, rules) },
    events: currentLives === rules.maxLives ? [livesRefilled(lives.userId, asOf)] : [],
  };
}

/**
 * Applies, one by one, the ticks up to `now` that this player was due at and that no run has applied yet. A late or
 * dead job therefore costs nobody a life, and finds nothing left to do when it comes.
 */
export function settleLives(
  lives: Lives,
  schedule: Schedule,
  now: Instant,
  rules: LivesRules,
): Change<Lives> {
  let state = lives;
  const events: LivesRefilled[] = [];
  for (let tick = nextDueTick(state, schedule, rules); tick !== null && tick <= now;) {
    const change = regenerate(state, tick, rules);
    state = change.state;
    events.push(...(change.events as readonly LivesRefilled[]));
    tick = nextDueTick(state, schedule, rules);
  }
  return { state, events };
}

/** Takes one life from settled lives, or refuses. Spending from full starts the timer of the next life. */
export function spendLife(lives: Lives, now: Instant, rules: LivesRules): SpendResult {
  if (lives.currentLives <= 0) return { ok: false, reason: 'no-lives', lives };
  const startsTimer = lives.currentLives >= rules.maxLives || lives.nextRegenAt === null;
  return {
    ok: true,
    lives: {
      ...lives,
      currentLives: lives.currentLives - 1,
      nextRegenAt: startsTimer ? afterRegenTime(now, rules) : lives.nextRegenAt,
    },
  };
}

function nextDueTick(lives: Lives, schedule: Schedule, rules: LivesRules): Instant | null {
  if (lives.nextRegenAt === null || lives.currentLives >= rules.maxLives) return null;
  return schedule.next(later(lives.nextRegenAt, -1));
}

function afterRegenTime(from: Instant, rules: LivesRules): Instant {
  return later(from, rules.regenMinutes * MINUTE_MS);
}

/** The event of a player whose lives became full at a tick. */
export function livesRefilled(userId: UserId, asOf: Instant): LivesRefilled {
  return {
    type: 'LivesRefilled',
    key: `${livesRefilledKeyPrefix(asOf)}${userId}`,
    occurredAt: asOf,
    payload: { userId },
  };
}

/** The event key of {@link livesRefilled} up to the player's id, for adapters that build keys in SQL. */
export function livesRefilledKeyPrefix(asOf: Instant): string {
  return `LivesRefilled:${iso(asOf)}:`;
}
