import type { DomainEvent } from '../../engine/events/domain-event.ts';

/** What becomes of one locked aggregate: the new state (or none, to leave it), events, and an answer for the caller. */
export interface Decision<State, Answer> {
  readonly state?: State;
  readonly events?: readonly DomainEvent[];
  readonly result: Answer;
}

/** A new state together with the events that tell how it came about. */
export interface StateChange<State> {
  readonly state: State;
  readonly events: readonly DomainEvent[];
}
