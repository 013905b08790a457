import type { UserId } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import type { Instant } from '../time/instant.ts';

/**
 * Something that happened in the game.
 *
 * `key` is derived from what happened and when, so the same fact always has the same key, whoever finds it out and
 * however often: it is what makes "exactly once" checkable.
 */
export interface DomainEvent<Type extends string = string, Payload extends JsonObject = JsonObject> {
  readonly type: Type;
  readonly key: string;
  readonly occurredAt: Instant;
  readonly payload: Payload;
}

/** A player's lives are at the maximum again. */
export type LivesRefilled = DomainEvent<'LivesRefilled', { readonly userId: UserId }>;

/** A new state together with the events that tell how it came about. */
export interface Change<State> {
  readonly state: State;
  readonly events: readonly DomainEvent[];
}
