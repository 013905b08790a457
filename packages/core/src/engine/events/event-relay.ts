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
 * How many partitions an instance delivers concurrently, so that a slow one does not block the others. Partitions
 * whose aborted call has not ended yet are not counted.
 */
const MAX_CONCURRENT_PARTITIONS = 4;
/** How long before its deadline `stop` aborts running deliveries, so that delivered events can still be marked. */
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

/** The collaborators of an {@link EventRelay}. */
export interface RelayPorts {
  readonly partitions: OutboxPartitions;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where outages of the bus are reported. If omitted, they are only logged. */
  readonly outages?: Outages;
  /** The name of this instance; must be unique. */
  readonly instanceId: string;
  /** Numbers in [0, 1) that spread retries. */
  readonly random: () => number;
  /** How many events one call of the bus receives at most. */
  readonly batchSize: number;
  /** The delay between polls while no events wait. Milliseconds. */
  readonly pollIntervalMs: number;
  /** How long the bus may take for one event before the call is aborted. Milliseconds, default 15,000. */
  readonly eventTimeoutMs?: number;
}

/**
 * Delivers the outbox's events to the bus: each at least once, those of one subject in order. Any number of instances
 * share the work, one batch of a partition at a time; each delivers a few partitions concurrently. While the bus is
 * unavailable, each partition is retried with growing delays; the game and its jobs are not affected.
 *
 * A batch may take any time as long as its events are delivered one after the other. Delivered events are marked, even
 * if the rest failed. A call of the bus that does not end blocks its own partition only: this instance does not
 * deliver the partition again until the call ends; another instance may once the lease has expired.
 */
export class EventRelay {
  readonly #ports: RelayPorts & Required<Pick<RelayPorts, 'eventTimeoutMs'>>;
  /** How long a partition stays claimed by this instance without a renewal. */
  readonly #leaseMs: number;
  /** Aborts when no further partition may be claimed. */
  readonly #stopping = createAbortController();
  /** Aborts when the deadline of a stop has passed: nothing is retried. */
  readonly #cutOff = createAbortController();
  #work: Promise<void> | undefined;
  /** Running deliveries, by partition. */
  readonly #deliveries = new Map<number, PartitionDelivery>();
  /** Partitions whose aborted call has not ended. */
  readonly #hanging = new Set<number>();
  readonly #ending = new Set<Promise<void>>();
  /** Ends the delay between two polls. */
  #pause = createAbortController();
  /** Whether delivered events could not be marked as delivered. */
  #unmarked = false;
  /** Partitions that this instance failed to deliver and has not delivered since. */
  readonly #failing = new Set<number>();
  /** When to check again whether other instances have delivered the failing partitions. */
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

  /** Starts delivering. */
  start(): void {
    if (this.#work) return;
    this.#ports.logger.info('delivery of events started', { instanceId: this.#ports.instanceId });
    this.#work = this.#deliverAll();
  }

  /** Reads the outbox now instead of at the next poll. */
  poll(): void {
    this.#pause.abort();
  }

  /**
   * Claims no further batch. Aborts running deliveries shortly before `deadlineMs` has passed, and marks what they
   * delivered. Returns whether everything has ended and is marked; another instance delivers the rest again.
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

  /** Claims a free partition and starts its delivery. Returns whether there was one. */
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

  /** Waits for the end of a delivery, which may be long after it was aborted. */
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

  /** Marks delivered events and releases the partition; retries until the store has done both. */
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
    // The partition stays blocked for other instances long enough for the bus to end.
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
      partition: claim.partition,
      attempt: claim.attempt,
      event: claim.events[delivered]?.key,
    });
  }

  #partitionDelivered({ claim }: PartitionDelivery): void {
    this.#failing.delete(claim.partition);
    this.#succeeded();
  }

  /** Returns how long to wait. Milliseconds. */
  #storeFailed(error: unknown): number {
    this.#storeFailures += 1;
    if (!this.#stopping.signal.aborted) this.#outboxOutage.failed('read', error);
    return backoffMs(RETRY, this.#storeFailures + 1, this.#ports.random());
  }

  /**
   * Another instance may have delivered a partition that failed here. The lack of a free partition does not prove that
   * (failed ones also wait for their next attempt); an empty outbox does.
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
    'The relay is stopping; events not delivered yet are delivered by another instance, or after the next start.',
  );
}
