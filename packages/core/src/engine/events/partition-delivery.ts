import { createAbortController, type AbortSignal } from '../time/abort.ts';
import { sleep, type Clock } from '../time/clock.ts';
import { SECOND_MS, addMs, type Instant } from '../time/instant.ts';
import { DeliveryAbortedError, type EventBus } from './event-bus.ts';
import type { PartitionClaim, OutboxPartitions } from './outbox-partitions.ts';

/** How long an aborted call is waited for before its lane goes on without a slot. */
const ABORT_GRACE_MS = SECOND_MS;

/** What a {@link PartitionDelivery} works with. */
export interface DeliveryPorts {
  readonly partitions: Pick<OutboxPartitions, 'renew'>;
  readonly bus: EventBus;
  readonly clock: Clock;
  /** How long the bus may take over one event. Milliseconds. */
  readonly eventTimeoutMs: number;
  /** For how long the lane is this instance's without a word: longer than one event may take. Milliseconds. */
  readonly leaseMs: number;
  /** Hears of leases that could not be renewed because the store is away. */
  readonly onStoreFailure: (error: unknown) => void;
}

/**
 * One call of the bus with a claimed batch. It may take as long as it likes while events are delivered: the lease is
 * renewed. It is aborted when no event is delivered for too long, or the lane is lost to another instance.
 */
export class PartitionDelivery {
  readonly claim: PartitionClaim;
  /** Resolves when the bus has ended, however late; never rejects. */
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

  /** How many events were delivered so far, from the first on. */
  get delivered(): number {
    return this.#delivered;
  }

  /** Whether the bus's call has ended. */
  get hasEnded(): boolean {
    return this.#ended.signal.aborted;
  }

  /** What went wrong, as far as is known; `null` when all is delivered. */
  get failure(): { readonly reason: unknown } | null {
    if (this.hasEnded || !this.#signal.aborted) return this.#failure;
    return { reason: this.#signal.reason };
  }

  /** Tells the bus to end soon. */
  abort(reason: DeliveryAbortedError): void {
    if (!this.hasEnded) this.#aborting.abort(reason);
  }

  /** Resolves when the bus has ended, or has not although it was told to. */
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
      `Event ${event} was not delivered within ${this.#ports.eventTimeoutMs / SECOND_MS} s; give its handler a time ` +
        'limit, let it heed the signal of its context, or raise relay.eventTimeoutMs.',
    );
  }

  #lost(): DeliveryAbortedError {
    return new DeliveryAbortedError(
      'DELIVERY_LOST',
      `Another instance has taken over lane ${this.claim.partition}, because this one was silent for longer than its ` +
        `lease of ${this.#ports.leaseMs / SECOND_MS} s; nothing is to be done, repetitions have the same event keys.`,
    );
  }
}
