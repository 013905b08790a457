import type { StateChange } from '../players/decision.ts';
import type { LivesRefilled } from '../events/game-events.ts';
import type { UserId } from '../players/ids.ts';
import { MINUTE_MS, iso, addMs, maxInstant, type Instant } from '../../engine/time/instant.ts';
import type { Schedule } from '../../engine/time/schedule.ts';
import { asRulesInForce, type RulesInForce, type RulesSource } from '../../engine/rules/rules-in-force.ts';
import { raiseOf, type LivesRules } from './lives-rules.ts';

/** How many lives a player has, and when the next one is due. */
export interface Lives {
  readonly userId: UserId;
  readonly currentLives: number;
  /** The tick that last gave a life; `null` if none has. */
  readonly lastRegenAt: Instant | null;
  /**
   * The earliest time of a tick that gives the next life; `null` until a life has been spent. Ignored while lives are
   * at the maximum.
   */
  readonly nextRegenAt: Instant | null;
}

/** The result of spending a life. A refusal is returned, not thrown. */
export type SpendResult =
  | { readonly ok: true; readonly lives: Lives }
  | { readonly ok: false; readonly reason: 'no-lives'; readonly lives: Lives };

/** Returns the lives of a player who has never played: the maximum. */
export function fullLives(userId: UserId, rules: LivesRules): Lives {
  return { userId, currentLives: rules.maxLives, lastRegenAt: null, nextRegenAt: null };
}

/** Returns whether a tick at `asOf` gives this player a life. */
export function isDue(lives: Lives, asOf: Instant, rules: LivesRules): boolean {
  const from = dueFrom(lives, rules);
  return from !== null && from <= asOf;
}

/**
 * Returns the earliest time of a tick that gives this player the next life; `null` if no timer runs. If a change of
 * rules raised the maximum above the player's lives, the timer started with that change.
 */
function dueFrom(lives: Lives, rules: LivesRules): Instant | null {
  if (lives.currentLives >= rules.maxLives) return null;
  const raise = raiseOf(lives.currentLives, rules);
  return raise ? maxInstant(raise.notBefore, lives.nextRegenAt) : lives.nextRegenAt;
}

/** Applies one tick of regeneration: one life if the player is due, otherwise no change. */
export function regenerate(lives: Lives, asOf: Instant, rules: LivesRules): StateChange<Lives> {
  if (!isDue(lives, asOf, rules)) return { state: lives, events: [] };
  const currentLives = lives.currentLives + 1;
  return {
    state: { ...lives, currentLives, lastRegenAt: asOf, nextRegenAt: afterRegenTime(asOf, rules) },
    events: currentLives === rules.maxLives ? [livesRefilled(lives.userId, asOf)] : [],
  };
}

/**
 * Applies, one by one, the ticks up to `now` that were due for this player and that no run has applied yet, each by the
 * rules of its instant. So a late or stopped job costs no player a life, and when it runs later, it finds nothing left
 * to apply.
 *
 * @param schedule the ticks that apply to players
 */
export function applyDueLifeTicks(
  lives: Lives,
  schedule: Schedule,
  now: Instant,
  rules: RulesSource<LivesRules>,
): StateChange<Lives> {
  const over = asRulesInForce(rules);
  let state = lives;
  const events: LivesRefilled[] = [];
  for (let tick = nextDueTick(state, schedule, now, over); tick !== null;) {
    const change = regenerate(state, tick, over.at(tick));
    state = change.state;
    events.push(...(change.events as readonly LivesRefilled[]));
    tick = nextDueTick(state, schedule, now, over);
  }
  return { state, events };
}

/**
 * Takes one life, after due ticks have been applied, or refuses. Spending from the maximum starts the timer of the
 * next life. No tick gives a player a life twice, however late a spend is recorded.
 *
 * @param watermark the instant up to which ticks have run, if ticks after `now` have already run (they cannot give a
 *   life again); otherwise `null`
 */
export function spendLife(
  lives: Lives,
  now: Instant,
  rules: LivesRules,
  watermark: Instant | null = null,
): SpendResult {
  if (lives.currentLives <= 0) return { ok: false, reason: 'no-lives', lives };
  const timer = dueFrom(lives, rules) ?? afterRegenTime(now, rules);
  const applied = [watermark, lives.lastRegenAt].filter((tick) => tick !== null);
  const nextRegenAt = applied.reduce((next, tick) => maxInstant(next, addMs(tick, 1)), timer);
  return { ok: true, lives: { ...lives, currentLives: lives.currentLives - 1, nextRegenAt } };
}

/** Returns the first tick up to `now` that gives this player a life. Each period of rules is searched separately. */
function nextDueTick(
  lives: Lives,
  schedule: Schedule,
  now: Instant,
  rules: RulesInForce<LivesRules>,
): Instant | null {
  let [from, until] = [EVER, rules.until(EVER)];
  for (;;) {
    const due = dueFrom(lives, rules.at(from));
    const tick = due === null || due > now ? null : schedule.next(addMs(maxInstant(due, from), -1));
    if (tick !== null && tick < until) return tick <= now ? tick : null;
    if (until > now) return null;
    [from, until] = [until, rules.until(until)];
  }
}

const EVER = -Infinity as Instant;

function afterRegenTime(from: Instant, rules: LivesRules): Instant {
  return addMs(from, rules.regenMinutes * MINUTE_MS);
}

/** Returns the event of a player whose lives became full at a tick. */
export function livesRefilled(userId: UserId, asOf: Instant): LivesRefilled {
  return {
    type: 'LivesRefilled',
    key: `${livesRefilledKeyPrefix(asOf)}${userId}`,
    occurredAt: asOf,
    payload: { userId },
  };
}

/** Returns the event key of {@link livesRefilled} up to the player's id, for adapters that build keys in SQL. */
export function livesRefilledKeyPrefix(asOf: Instant): string {
  return `LivesRefilled:${iso(asOf)}:`;
}
