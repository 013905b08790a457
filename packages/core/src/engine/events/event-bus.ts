import { GamekeeperError } from '../common/errors.ts';
import type { AbortSignal } from '../time/abort.ts';
import type { DomainEvent } from './domain-event.ts';

/** Options with which a caller of {@link EventBus.publish} follows its progress and aborts it. */
export interface PublishOptions {
  /** Aborts when the bus must start no further event and should end soon; see {@link DeliveryAbortedError}. */
  readonly signal?: AbortSignal;
  /**
   * Called with the number of events delivered so far, counted from the first. The number never decreases and counts
   * only events that the bus has stored durably. Never throws.
   */
  readonly onDelivered?: (count: number) => void;
}

/**
 * The destination of the relay's events; listeners subscribe to it.
 *
 * Obligations of an implementation:
 * - `publish` resolves only when every event is delivered as durably as the bus can. If it rejects, the caller
 *   publishes again all events not reported by `onDelivered`; some of them may have been delivered nevertheless. If
 *   the bus reports no progress, all are published again.
 * - A bus that takes time for each event reports its progress. The relay aborts a call (through `signal`) if no event
 *   is delivered for 15 seconds; a bus that reports no progress has 15 seconds for all events.
 * - Once `signal` has aborted, the bus starts no further event, and rejects unless every event is delivered. The
 *   caller publishes no events of the same subjects until this call has ended.
 * - Events of one subject ({@link subjectOf}) reach each listener in the order of the list and of the calls. If an
 *   event is not delivered, no later event of its subject in the same call is.
 * - Calls may overlap. The caller never overlaps two with events of one subject, except after an instance exceeded its
 *   lease; its events are then repetitions.
 * - Delivery is at least once: listeners drop repetitions by `key` (see {@link deduplicate}).
 */
export interface EventBus {
  publish(events: readonly DomainEvent[], options?: PublishOptions): Promise<void>;
}

/**
 * Why a call of `publish` was aborted; the `reason` of its signal.
 *
 * - `DELIVERY_STALLED`: no event was delivered for too long.
 * - `DELIVERY_STOPPED`: the relay is stopping.
 * - `DELIVERY_LOST`: another instance has taken over the events.
 */
export class DeliveryAbortedError extends GamekeeperError<
  'DELIVERY_STALLED' | 'DELIVERY_STOPPED' | 'DELIVERY_LOST'
> {}
