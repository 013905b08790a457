import { backoffMs } from '../jobs/backoff.ts';
import { Outage, type OutageOptions } from '../health/outage.ts';
import type { Outages } from '../health/outages.ts';
import type { Logger } from '../common/logger.ts';
import { createAbortController } from '../time/abort.ts';
import { endsWithin, sleep, type Clock } from '../time/clock.ts';
import { SECOND_MS, instant, addMs, type Instant } from '../time/instant.ts';
import { hasCode } from '../common/errors.ts';
import { DeliveryAbortedError, type EventBus } from './event-bus.ts';
import { PartitionDelivery } from './partition-delivery.ts';
import type { PartitionOutcome, OutboxPartitions } from './outbox-partitions.ts';

/**
 * How many lanes an instance delivers side by side, so that a slow one does not hold up the others. Those whose call of
 * the bus was aborted and has not ended are not among them.
 */
const MAX_CONCURRENT_PARTITIONS = 4;
/** How long before the end of its time a stop aborts what is at work, so that what was delivered can be marked. */
const ABORT_BEFORE_MS = 2 * SECOND_MS;
const EVENT_TIMEOUT_MS = 15 * SECOND_MS;
const RETRY = { initialDelayMs: SECOND_MS, maxDelayMs: 30 * SECOND_MS };

const BUS_OUTAGE: OutageOptions = {
  name: 'event-bus',
  operations: ['publish'],
  startMessage: 'events cannot be delivered, trying again',
  endMessage: 'events are delivered again',
  level: 'error',
};
const OUTBOX_OUTAGE: OutageOptions = {
  name: 'outbox',
  operations: ['read'],
  startMessage: 'the outbox cannot be read, trying again',
  endMessage: 'the outbox can be read again',
  level: 'error',
};

/** What an {@link EventRelay} works with. */
export interface RelayPorts {
  readonly partitions: OutboxPartitions;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where it is told that the bus cannot be reached. Without them, in the log alone. */
  readonly outages?: Outages;
  /** Names this instance; no two may share it. */
  readonly instanceId: string;
  /** Numbers in [0, 1) that spread retries. */
  readonly random: () => number;
  /** How many events are handed over at once. */
  readonly batchSize: number;
  /** The pause when nothing waits. Milliseconds. */
  readonly pollIntervalMs: number;
  /** How long the bus may take over one event before the call is aborted. Milliseconds, default 15,000. */
  readonly eventTimeoutMs?: number;
}

/**
 * Hands the outbox's events over to the bus: each at least once, those of one subject in order. Any number of instances
 * share the work, a batch of a lane at a time, and each delivers a few lanes side by side. While the bus is away, each
 * lane is tried again after growing pauses; the game and its jobs do not notice.
 *
 * A batch may take as long as it likes while its events are delivered one after the other. What was delivered is marked,
 * also where the rest failed. A call of the bus that does not end holds up its own lane: this instance does not deliver
 * the lane again before, another may when the lease has ended.
 */
export class EventRelay {
  readonly #ports: RelayPorts & Required<Pick<RelayPorts, 'eventTimeoutMs'>>;
  /** For how long a lane is this instance's without a word. */
  readonly #leaseMs: number;
  /** Aborts when no further lane is to be taken. */
  readonly #stopping = createAbortController();
  /** Aborts when a stop's time is over: nothing is tried again. */
  readonly #cutOff = createAbortController();
  #work: Promise<void> | undefined;
  /** What is at work, by lane. */
  readonly #deliveries = new Map<number, PartitionDelivery>();
  /** Lanes whose aborted call has not ended. */
  readonly #hanging = new Set<number>();
  readonly #ending = new Set<Promise<void>>();
  /** Ends the pause between two looks. */
  #pause = createAbortController();
  /** Whether something that was delivered could not be marked. */
  #unmarked = false;
  /** Lanes that this instance failed to deliver, and has not delivered since. */
  readonly #failing = new Set<number>();
  /** When to look next whether other instances have delivered them. */
  #lookAgainAt: Instant = instant(0);
  readonly #busOutage: Outage;
  readonly #outboxOutage: Outage;
  #storeFailures = 0;

  constructor(ports: RelayPorts) {
    this.#ports = { eventTimeoutMs: EVENT_TIMEOUT_MS, ...ports };
    this.#leaseMs = 2 * this.#ports.eventTimeoutMs;
    const { outages } = ports;
    this.#busOutage = outages ? outages.of(BUS_OUTAGE) : new Outage(BUS_OUTAGE, ports);
    this.#outboxOutage = new Outage(OUTBOX_OUTAGE, ports);
  }

  /** Delivers from now on. */
  start(): void {
    if (this.#work) return;
    this.#ports.logger.info('delivery of events started', { instanceId: this.#ports.instanceId });
    this.#work = this.#deliverAll();
  }

  /**
   * Takes no further batch. What is at work is aborted shortly before `deadlineMs` is over, and what it had delivered
   * is marked. Resolves to whether everything has ended and is marked; what is not is delivered again by another
   * instance.
   */
  async stop(deadlineMs: number): Promise<boolean> {
    this.#stopping.abort();
    const { clock } = this.#ports;
    const work = this.#work ?? Promise.resolve();
    const reserveMs = Math.min(ABORT_BEFORE_MS, deadlineMs / 2);
    if (await endsWithin(clock, work, deadlineMs - reserveMs)) return !this.#unmarked;
    this.#cutOff.abort();
    for (const delivery of this.#deliveries.values()) delivery.abort(stopped());
    return (await endsWithin(clock, work, reserveMs)) && !this.#unmarked;
  }

  async #deliverAll(): Promise<void> {
    const { clock, pollIntervalMs } = this.#ports;
    while (!this.#stopping.signal.aborted) {
      this.#pause = createAbortController();
      const pauseMs = await this.#claimPartition().then(
        (taken) => (taken ? 0 : pollIntervalMs),
        (error: unknown) => this.#storeFailed(error),
      );
      if (pauseMs > 0) await sleep(clock, pauseMs, this.#stopping.signal, this.#pause.signal);
    }
    while (this.#ending.size > 0) await Promise.all(this.#ending);
  }

  /** Begins with a lane that is free. Returns whether there was one. */
  async #claimPartition(): Promise<boolean> {
    if (this.#deliveries.size - this.#hanging.size >= MAX_CONCURRENT_PARTITIONS) return false;
    const { partitions, instanceId, batchSize } = this.#ports;
    const except = [...this.#deliveries.keys()];
    const claim = await partitions.claim({ instanceId, leaseMs: this.#leaseMs, limit: batchSize, except });
    this.#storeFailures = 0;
    this.#outboxOutage.succeeded('read');
    if (!claim) {
      await this.#foundNothing();
      return false;
    }
    if (this.#stopping.signal.aborted) {
      await partitions.complete(claim, { kind: 'released', delivered: 0 });
      return false;
    }
    const onStoreFailure = (error: unknown): void => void this.#storeFailed(error);
    const delivery = new PartitionDelivery({ ...this.#ports, leaseMs: this.#leaseMs, onStoreFailure }, claim);
    this.#deliveries.set(claim.partition, delivery);
    const ending = this.#attend(delivery).finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
    return true;
  }

  /** Sees a delivery through to its end, which may come long after it was aborted. */
  async #attend(delivery: PartitionDelivery): Promise<void> {
    const { partition } = delivery.claim;
    await delivery.watch();
    const endedInTime = delivery.hasEnded;
    await this.#complete(delivery, endedInTime);
    if (!endedInTime) {
      this.#hanging.add(partition);
      this.#pause.abort();
      await delivery.ended;
      await this.#complete(delivery, true);
      this.#hanging.delete(partition);
    }
    this.#deliveries.delete(partition);
    this.#pause.abort();
  }

  /** Marks what was delivered and gives the lane back, again and again until the store has done it. */
  async #complete(delivery: PartitionDelivery, hasEnded: boolean): Promise<void> {
    const { partitions, clock } = this.#ports;
    const outcome = this.#outcomeOf(delivery, hasEnded);
    for (;;) {
      const retryInMs = await partitions.complete(delivery.claim, outcome).then(
        () => null,
        (error: unknown) => this.#storeFailed(error),
      );
      if (retryInMs === null) break;
      if (this.#cutOff.signal.aborted) {
        this.#unmarked = true;
        return;
      }
      await sleep(clock, retryInMs, this.#cutOff.signal);
    }
    if (outcome.kind === 'failed') this.#partitionFailed(delivery, outcome.retryInMs);
    else if (!delivery.failure) this.#partitionDelivered(delivery);
  }

  #outcomeOf({ claim, delivered, failure }: PartitionDelivery, hasEnded: boolean): PartitionOutcome {
    // Another instance is kept from the lane for long enough that the bus can end.
    if (!hasEnded) return { kind: 'failed', delivered, retryInMs: this.#leaseMs };
    if (!failure || hasCode(failure.reason, 'DELIVERY_STOPPED')) return { kind: 'released', delivered };
    const attempt = delivered > 0 ? 1 : claim.attempt;
    return { kind: 'failed', delivered, retryInMs: backoffMs(RETRY, attempt + 1, this.#ports.random()) };
  }

  #partitionFailed({ claim, delivered, failure }: PartitionDelivery, retryInMs: number): void {
    this.#failing.add(claim.partition);
    this.#lookAgainIn(retryInMs + this.#leaseMs);
    if (this.#stopping.signal.aborted) return;
    this.#busOutage.failed('publish', failure?.reason, {
      lane: claim.partition,
      attempt: claim.attempt,
      event: claim.events[delivered]?.key,
    });
  }

  #partitionDelivered({ claim }: PartitionDelivery): void {
    this.#failing.delete(claim.partition);
    this.#succeeded();
  }

  /** Returns how long to wait. */
  #storeFailed(error: unknown): number {
    this.#storeFailures += 1;
    if (!this.#stopping.signal.aborted) this.#outboxOutage.failed('read', error);
    return backoffMs(RETRY, this.#storeFailures + 1, this.#ports.random());
  }

  /**
   * A lane that failed here may have been delivered by another instance. That none is free does not say so (they wait
   * for their next try as well); that nothing waits does.
   */
  async #foundNothing(): Promise<void> {
    const { clock, partitions } = this.#ports;
    if (this.#failing.size > 0) {
      if (clock.now() < this.#lookAgainAt) return;
      this.#lookAgainIn(this.#leaseMs);
      if ((await partitions.lag()).pending > 0) return;
      this.#failing.clear();
    }
    this.#succeeded();
  }

  #lookAgainIn(ms: number): void {
    this.#lookAgainAt = addMs(this.#ports.clock.now(), ms);
  }

  #succeeded(): void {
    if (this.#failing.size === 0) this.#busOutage.succeeded('publish');
  }
}

function stopped(): DeliveryAbortedError {
  return new DeliveryAbortedError(
    'DELIVERY_STOPPED',
    'The relay stops; what was not delivered is delivered again by another instance, or after the next start.',
  );
}
