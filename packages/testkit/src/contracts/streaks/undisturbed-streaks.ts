import { type DomainEvent, type Instant, type Streak, type StreakRules, type UserId } from '@gamekeeper/core';
import { type Schedule } from '@gamekeeper/core/ports';
import { compareBytewise, countQuiz, evaluateStreak, freshStreak, streakTick } from '@gamekeeper/core/game';
import { byKey } from '../batches.ts';

/** Streaks by the rules alone: every tick judges every streak at its instant, before the actions of that instant. */
export class UndisturbedStreaks {
  readonly #schedule: Schedule;
  readonly #rules: StreakRules;
  readonly #streaks: Map<UserId, Streak>;
  readonly #events: DomainEvent[] = [];
  #ranThrough: Instant;

  constructor(
    {
      schedule,
      rules,
      start,
    }: { readonly schedule: Schedule; readonly rules: StreakRules; readonly start: Instant },
    crowd: readonly Streak[] = [],
  ) {
    this.#schedule = schedule;
    this.#rules = rules;
    this.#ranThrough = start;
    this.#streaks = new Map(crowd.map((streak) => [streak.userId, streak]));
  }

  runThrough(now: Instant): void {
    for (const at of this.#schedule.between(this.#ranThrough, now)) {
      const tick = streakTick(at, this.#schedule.timeZone, this.#rules);
      for (const streak of this.#streaks.values()) {
        const { state, events } = evaluateStreak(streak, tick);
        this.#streaks.set(state.userId, state);
        this.#events.push(...events);
      }
      this.#ranThrough = at;
    }
  }

  play(id: UserId, now: Instant): Streak {
    this.runThrough(now);
    const streak = countQuiz(this.#of(id), now, this.#schedule.timeZone);
    this.#streaks.set(id, streak);
    return streak;
  }

  /** Returns whether the player could receive one more protection. */
  grant(id: UserId, now: Instant): boolean {
    this.runThrough(now);
    const streak = this.#of(id);
    const ok = streak.protections < this.#rules.maxProtections;
    this.#streaks.set(id, ok ? { ...streak, protections: streak.protections + 1 } : streak);
    return ok;
  }

  streaks(): readonly Streak[] {
    return [...this.#streaks.values()].sort((a, b) => compareBytewise(a.userId, b.userId));
  }

  events(): readonly DomainEvent[] {
    return byKey(this.#events);
  }

  #of(id: UserId): Streak {
    return this.#streaks.get(id) ?? freshStreak(id, this.#rules);
  }
}
