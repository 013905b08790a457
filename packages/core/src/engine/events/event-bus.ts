import { GamekeeperError } from '../common/errors.ts';
import type { AbortSignal } from '../time/abort.ts';
import type { DomainEvent } from './domain-event.ts';

/** How a caller of {@link EventBus.publish} follows it and ends it early. */
export interface PublishOptions {
  /** Aborts when the bus is to begin with no further event and to end soon; see {@link DeliveryAbortedError}. */
  readonly signal?: AbortSignal;
  /**
   * Called with how many of the events, counted from the first on, are delivered so far: a number that never falls and
   * is never more than the bus has taken over for good. Never throws.
   */
  readonly onDelivered?: (count: number) => void;
}

/**
 * Where the relay hands events to: whoever wants to know what happened in the game listens there.
 *
 * Obligations of an implementation:
 * - `publish` resolves only when every event is taken over for good, as good as the bus can keep it. When it rejects,
 *   the events that it reported by `onDelivered` are taken over, and any of the others may be or not: the caller hands
 *   over those again. A bus that reports nothing is handed all of them again.
 * - A bus that takes its time with each event reports as it goes. The relay gives a call up in which no event is
 *   delivered for 15 seconds, by `signal`; one that reports nothing has as long for all.
 * - Once `signal` has aborted, it begins with no further event, and rejects unless every event is taken over. The
 *   caller makes no other call with events of the same subjects before this one has ended.
 * - Events of one subject ({@link subjectOf}) reach each listener in the order of the list and of the calls. When some
 *   of a subject's events are not taken over, none that comes after them in the same call is.
 * - Calls may overlap; the caller does not overlap two that hold events of one subject, but for an instance that was
 *   silent for longer than its lease, whose events are repetitions.
 * - It delivers at least once: listeners drop repetitions by `key` (see {@link once}).
 */
export interface EventBus {
  publish(events: readonly DomainEvent[], options?: PublishOptions): Promise<void>;
}

/**
 * Why a call of `publish` was aborted; the `reason` of its signal.
 *
 * - `DELIVERY_STALLED`: no event was delivered for too long.
 * - `DELIVERY_STOPPED`: the relay stops.
 * - `DELIVERY_LOST`: another instance has taken the events over.
 */
export class DeliveryAbortedError extends GamekeeperError<
  'DELIVERY_STALLED' | 'DELIVERY_STOPPED' | 'DELIVERY_LOST'
> {}
