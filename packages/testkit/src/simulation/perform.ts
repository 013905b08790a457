import { later, type Instant, type Json, type ScheduledJob } from '@gamekeeper/core';
import type { PlannedAction } from './plan.ts';
import type { SimulatedStore } from './scenario.ts';
import type { World } from './world.ts';

/** An action that players did, when, and what they were told. */
export interface Performed<Action extends Json = Json> {
  readonly at: Instant;
  readonly action: Action;
  answer: string;
}

/**
 * Has the players of a history act at their instants. Nobody acts while the store is down.
 *
 * @returns what was done, filled in as time goes by
 */
export function performLater<Store extends SimulatedStore, Action extends Json>(
  world: World<Store, Action>,
  actions: readonly PlannedAction<Action>[],
  { aheadMs, jobs }: { readonly aheadMs: number; readonly jobs: readonly ScheduledJob[] },
): readonly Performed<Action>[] {
  const { clock, store, scenario } = world;
  const act = scenario.players(store, clock);
  const done: Performed<Action>[] = [];
  const start = clock.now();
  const planned = actions
    .map(({ afterMs, action }) => ({ at: awayFromEarlyRuns(later(start, afterMs), jobs, aheadMs), action }))
    .sort((a, b) => a.at - b.at);
  const perform = (action: Action): void => {
    if (!world.isStoreUp) return;
    const entry = { at: clock.now(), action, answer: 'never answered' };
    done.push(entry);
    void inWords(act(action)).then((answer) => (entry.answer = answer));
  };
  const waitFor = (index: number): void => {
    const next = planned[index];
    if (!next) return;
    clock.setTimer(next.at, () => {
      perform(next.action);
      waitFor(index + 1);
    });
  };
  waitFor(0);
  return done;
}

/** What an action answers, or throws, in words. */
export function inWords(answer: Promise<string>): Promise<string> {
  return answer.catch((error: unknown) => `threw ${String(error)}`);
}

/**
 * An instance whose clock is ahead runs a tick that much early. What a player does in those moments is after the tick
 * for the one and before it for the other, and no engine can know better; so nobody acts then.
 */
function awayFromEarlyRuns(at: Instant, jobs: readonly ScheduledJob[], aheadMs: number): Instant {
  let clear = at;
  for (let moved = aheadMs > 0; moved;) {
    moved = false;
    for (const { schedule } of jobs) {
      const tick = schedule.next(clear);
      if (tick === null || tick - clear > aheadMs) continue;
      clear = tick;
      moved = true;
    }
  }
  return clear;
}
