import type { JsonObject } from '../common/json.ts';
import type { Instant } from '../time/instant.ts';

/**
 * Something that happened.
 *
 * `key` is derived from what happened and when, so the same fact always has the same key, whoever finds it out and
 * however often: it is what makes "exactly once" checkable.
 */
export interface DomainEvent<Type extends string = string, Payload extends JsonObject = JsonObject> {
  readonly type: Type;
  readonly key: string;
  /** Milliseconds since 1970, on every bus: `new Date(event.occurredAt)`. Of what a run finds out it is the tick. */
  readonly occurredAt: Instant;
  readonly payload: Payload;
}
