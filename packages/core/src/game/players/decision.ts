import type { DomainEvent } from '../../engine/events/domain-event.ts';
import type { RecordedEntry } from './player-log.ts';

/**
 * Result of deciding on one locked aggregate: new state (omit to keep it), events, and the value returned to the
 * caller.
 */
export interface Decision<State, Answer> {
  readonly state?: State;
  readonly events?: readonly DomainEvent[];
  /** What the player's log keeps of it. */
  readonly log?: readonly RecordedEntry[];
  readonly result: Answer;
}

/** A new state, and the events that led to it. */
export interface StateChange<State> {
  readonly state: State;
  readonly events: readonly DomainEvent[];
  /** What the player's log keeps of it; if omitted, nothing. */
  readonly log?: readonly RecordedEntry[];
}
