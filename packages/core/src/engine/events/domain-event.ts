import type { JsonObject } from '../common/json.ts';
import type { Instant } from '../time/instant.ts';

/**
 * Something that happened in the game.
 *
 * `key` is derived from what happened and when, so the same fact always has the same key, whichever instance reports
 * it and however often. This makes "exactly once" verifiable.
 */
export interface DomainEvent<Type extends string = string, Payload extends JsonObject = JsonObject> {
  readonly type: Type;
  readonly key: string;
  /**
   * Milliseconds since 1970, on every bus: `new Date(event.occurredAt)`. For an event that a run reports: the run's
   * tick.
   */
  readonly occurredAt: Instant;
  readonly payload: Payload;
}
