import { createAbortController, type AbortSignal } from '../time/abort.ts';
import { sleep, type Clock } from '../time/clock.ts';
import { SECOND_MS, addMs, type Instant } from '../time/instant.ts';
import { DeliveryAbortedError, type EventBus } from './event-bus.ts';
import type { PartitionClaim, OutboxPartitions } from './outbox-partitions.ts';

/** How long to wait for an aborted call before its partition no longer occupies a slot. */
const ABORT_GRACE_MS = SECOND_MS;

/** The collaborators of a {@link PartitionDelivery}. */
export interface DeliveryPorts {
  readonly partitions: Pick<OutboxPartitions, 'renew'>;
  readonly bus: EventBus;
  readonly clock: Clock;
  /** How long the bus may take for one event. Milliseconds. */
  readonly eventTimeoutMs: number;
  /** How long the partition stays claimed without a renewal: longer than one event may take. Milliseconds. */
  readonly leaseMs: number;
  /** Called when a lease could not be renewed because the store is unavailable. */
  readonly onStoreFailure: (error: unknown) => void;
}

/**
 * One call of the bus with a claimed batch. It may take any time while events are being delivered: the lease is
 * renewed. It is aborted if no event is delivered for too long, or if another instance has claimed the partition.
 */
export class PartitionDelivery {
  readonly claim: PartitionClaim;
  /** Resolves when the call of the bus has ended, however late; never rejects. */
  readonly ended: Promise<void>;
  readonly #ports: DeliveryPorts;
  readonly #ended = createAbortController();
  readonly #aborting = createAbortController();
  #delivered = 0;
  #progressAt: Instant;
  #failure: { readonly reason: unknown } | null = null;
  #renewing = false;

  /** Calls the bus at once. */
  constructor(ports: DeliveryPorts, claim: PartitionClaim) {
    this.#ports = ports;
    this.claim = claim;
    this.#progressAt = ports.clock.now();
    this.ended = this.#publish();
  }

  /** How many events were delivered so far, counted from the first. */
  get delivered(): number {
    return this.#delivered;
  }

  /** Whether the bus's call has ended. */
  get hasEnded(): boolean {
    return this.#ended.signal.aborted;
  }

  /** The failure, as far as known; `null` if all events are delivered. */
  get failure(): { readonly reason: unknown } | null {
    if (this.hasEnded || !this.#signal.aborted) return this.#failure;
    return { reason: this.#signal.reason };
  }

  /** Aborts the call of the bus. */
  abort(reason: DeliveryAbortedError): void {
    if (!this.hasEnded) this.#aborting.abort(reason);
  }

  /** Resolves when the call of the bus has ended, or has not ended in time after an abort. */
  async watch(): Promise<void> {
    const { clock, eventTimeoutMs, leaseMs } = this.#ports;
    let renewAt = addMs(clock.now(), leaseMs / 3);
    while (!this.hasEnded && !this.#signal.aborted) {
      const stalledAt = addMs(this.#progressAt, eventTimeoutMs);
      const waitMs = Math.max(0, Math.min(stalledAt, renewAt) - clock.now());
      await sleep(clock, waitMs, this.#ended.signal, this.#signal);
      const now = clock.now();
      if (now >= addMs(this.#progressAt, eventTimeoutMs)) this.abort(this.#stalled());
      else if (now >= renewAt) {
        renewAt = addMs(now, leaseMs / 3);
        void this.#renew();
      }
    }
    if (!this.hasEnded) await sleep(clock, ABORT_GRACE_MS, this.#ended.signal);
  }

  get #signal(): AbortSignal {
    return this.#aborting.signal;
  }

  async #publish(): Promise<void> {
    const { bus } = this.#ports;
    const events = this.claim.events.map(({ id: _id, ...event }) => event);
    const onDelivered = (count: number): void => this.#report(count);
    try {
      await bus.publish(events, { signal: this.#signal, onDelivered });
      this.#report(events.length);
    } catch (reason) {
      this.#failure = { reason };
    }
    this.#ended.abort();
  }

  #report(count: number): void {
    const known = Math.min(count, this.claim.events.length);
    if (this.hasEnded || !(known > this.#delivered)) return;
    this.#delivered = Math.floor(known);
    this.#progressAt = this.#ports.clock.now();
  }

  async #renew(): Promise<void> {
    if (this.#renewing || this.hasEnded) return;
    this.#renewing = true;
    const { partitions, leaseMs, onStoreFailure } = this.#ports;
    try {
      const kept = await partitions.renew(this.claim, { leaseMs, delivered: this.#delivered });
      if (!kept) this.abort(this.#lost());
    } catch (error) {
      onStoreFailure(error);
    }
    this.#renewing = false;
  }

  #stalled(): DeliveryAbortedError {
    const event = this.claim.events[this.#delivered]?.key;
    return new DeliveryAbortedError(
      'DELIVERY_STALLED',
      `Event ${event} was not delivered within ${this.#ports.eventTimeoutMs / SECOND_MS} s; give its handler a ` +
        'timeout, let it respect the signal of its context, or raise relay.eventTimeoutMs.',
    );
  }

  #lost(): DeliveryAbortedError {
    return new DeliveryAbortedError(
      'DELIVERY_LOST',
      `Another instance has claimed partition ${this.claim.partition}, because this one did not renew its ` +
        `lease of ${this.#ports.leaseMs / SECOND_MS} s; no action is needed, repetitions have the same event keys.`,
    );
  }
}
