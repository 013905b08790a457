import {
  MINUTE_MS,
  defaultSessionRules as rules,
  instant,
  addMs,
  sessionId,
  userId,
  type DomainEvent,
  type Instant,
  type SessionId,
} from '@gamekeeper/core';
import { type QuizSession } from '@gamekeeper/core/ports';
import { beginSession, compareBytewise, completeSession, expireSession } from '@gamekeeper/core/game';
import fc from 'fast-check';
import { deepEqual, equal } from '../assertions.ts';
import { IntervalSchedule } from '../../time/interval-schedule.ts';
import { byKey, writtenEvents } from '../batches.ts';
import type { Sentence } from '../contract.ts';
import { everySession, expireAll, type SessionsHarness } from './sessions-harness.ts';

const schedule = new IntervalSchedule(60);
const start = instant('2026-11-24T00:00:00Z');
const ids = ['a', 'b', 'c', 'd'].map(sessionId);
const ada = userId('ada');

/** A step of a history: a session is started or completed, or the cleanup of a tick runs (late, or twice). */
type Step =
  | { readonly kind: 'begin' | 'complete'; readonly id: SessionId; readonly afterMs: number }
  | { readonly kind: 'sweep'; readonly ticksBack: number };

const waits = fc.oneof(
  fc.constant(0),
  fc.constantFrom(10 * MINUTE_MS - 1, 10 * MINUTE_MS),
  fc.integer({ min: 1, max: 9 * MINUTE_MS }),
  fc.integer({ min: 1, max: 70 * MINUTE_MS }),
);

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom('begin' as const, 'complete' as const),
        id: fc.constantFrom(...ids),
        afterMs: waits,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('sweep' as const),
        ticksBack: fc.integer({ min: 0, max: 2 }),
      }),
    },
  ),
  { minLength: 1, maxLength: 24, size: 'max' },
);

/**
 * Compares actions and late, repeated or missing cleanup runs in any order, all caught up at the end, with the
 * undisturbed history: every run on time and before the actions of its instant.
 */
export const differentialSessions: Sentence<SessionsHarness>['check'] = async (create, property) => {
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      const harness = await create();
      const model = new UndisturbedSessions();
      let now = start;
      let sweptThrough = start;
      const sweep = async (through: Instant): Promise<void> => {
        const from = sweptThrough < through ? sweptThrough : addMs(through, -1);
        for (const tick of schedule.between(from, through)) await expireAll(harness, tick, 2);
        if (through > sweptThrough) sweptThrough = through;
      };
      for (const step of history) {
        if (step.kind === 'sweep') {
          await sweep(latest(now, step.ticksBack));
          continue;
        }
        now = addMs(now, step.afterMs);
        model.sweepThrough(now);
        equal(await act(harness, step, now), model[step.kind](step.id, now));
      }
      await sweep(latest(now, 0));
      deepEqual(await everySession(harness), model.sessions());
      deepEqual(await writtenEvents(harness.outbox), model.events());
    }),
    property,
  );
};

/** Starts or completes a session as gameplay does. Returns whether that was possible. */
function act(
  { transactions, sessions }: SessionsHarness,
  { kind, id }: { readonly kind: 'begin' | 'complete'; readonly id: SessionId },
  now: Instant,
): Promise<boolean> {
  return transactions.run((tx) =>
    sessions.change(tx, id, (stored) => {
      if (kind === 'begin')
        return stored ? { result: false } : { state: beginSession(id, ada, now, rules), result: true };
      if (!stored) return { result: false };
      const { ok, session } = completeSession(stored, now);
      return { result: ok, ...(ok && { state: session }) };
    }),
  );
}

/** The rules alone: every cleanup run at its instant. */
class UndisturbedSessions {
  readonly #sessions = new Map<SessionId, QuizSession>();
  readonly #events: DomainEvent[] = [];
  #sweptThrough = start;

  sweepThrough(now: Instant): void {
    for (const tick of schedule.between(this.#sweptThrough, now)) {
      for (const session of this.#sessions.values()) {
        const { state, events } = expireSession(session, tick);
        this.#sessions.set(state.id, state);
        this.#events.push(...events);
      }
      this.#sweptThrough = tick;
    }
  }

  begin(id: SessionId, now: Instant): boolean {
    if (this.#sessions.has(id)) return false;
    this.#sessions.set(id, beginSession(id, ada, now, rules));
    return true;
  }

  complete(id: SessionId, now: Instant): boolean {
    const session = this.#sessions.get(id);
    if (session?.status !== 'active' || session.expiresAt <= now) return false;
    this.#sessions.set(id, { ...session, status: 'completed', completedAt: now });
    return true;
  }

  sessions(): readonly QuizSession[] {
    return [...this.#sessions.values()].sort((a, b) => compareBytewise(a.id, b.id));
  }

  events(): readonly DomainEvent[] {
    return byKey(this.#events);
  }
}

function latest(now: Instant, ticksBack: number): Instant {
  return addMs(schedule.previous(addMs(now, 1)), -ticksBack * 60 * MINUTE_MS);
}
