import { backoffMs } from '../jobs/backoff.ts';
import { message } from '../jobs/run-log.ts';
import type { Logger } from '../logger.ts';
import { createAbortController } from '../time/abort.ts';
import { answerWithin, endsWithin, sleep, type Clock } from '../time/clock.ts';
import { SECOND_MS, instant, later, type Instant } from '../time/instant.ts';
import type { EventBus } from './event-bus.ts';
import type { LaneClaim, OutboxLanes } from './outbox-lanes.ts';

/** How long a bus may take over one batch. */
const PUBLISH_WITHIN_MS = 15 * SECOND_MS;
/** For how long a lane is one instance's: longer than a bus may take. */
const LEASE_MS = 30 * SECOND_MS;
const RETRY = { firstDelayMs: SECOND_MS, maxDelayMs: 30 * SECOND_MS };

/** What an {@link EventRelay} works with. */
export interface RelayPorts {
  readonly lanes: OutboxLanes;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Names this instance; no two may share it. */
  readonly owner: string;
  /** Numbers in [0, 1) that spread retries. */
  readonly random: () => number;
  /** How many events are handed over at once. */
  readonly batchSize: number;
  /** The pause when nothing waits. Milliseconds. */
  readonly pollEveryMs: number;
}

/**
 * Hands the outbox's events over to the bus: each at least once, those of one subject in order. Any number of instances
 * share the work, a batch of a lane at a time. While the bus is away, each lane is tried again after growing pauses;
 * the game and its jobs do not notice.
 */
export class EventRelay {
  readonly #ports: RelayPorts;
  readonly #stopping = createAbortController();
  #work: Promise<void> | undefined;
  /** Lanes that this instance failed to deliver, and has not delivered since. */
  readonly #failing = new Set<number>();
  /** When to look next whether other instances have delivered them. */
  #lookAgainAt: Instant = instant(0);
  /** Whether the log's last word was that something fails. */
  #inTrouble = false;
  #storeFailures = 0;

  constructor(ports: RelayPorts) {
    this.#ports = ports;
  }

  /** Delivers from now on. */
  start(): void {
    if (this.#work) return;
    this.#ports.logger.info('delivery of events started', { owner: this.#ports.owner });
    this.#work = this.#deliverAll();
  }

  /**
   * Takes no further batch. Resolves to `true` when the one at work has ended, to `false` when `deadlineMs` passed
   * before; that one is delivered again by another instance.
   */
  async stop(deadlineMs: number): Promise<boolean> {
    this.#stopping.abort();
    return endsWithin(this.#ports.clock, this.#work ?? Promise.resolve(), deadlineMs);
  }

  async #deliverAll(): Promise<void> {
    const { clock, pollEveryMs } = this.#ports;
    while (!this.#stopping.signal.aborted) {
      const pauseMs = await this.#deliverOne().then(
        (found) => (found ? 0 : pollEveryMs),
        (error: unknown) => this.#storeFailed(error),
      );
      if (pauseMs > 0) await sleep(clock, pauseMs, this.#stopping.signal);
    }
  }

  /** Delivers one batch, whether well or not. Answers whether there was one. */
  async #deliverOne(): Promise<boolean> {
    const { lanes, owner, batchSize } = this.#ports;
    const claim = await lanes.claim({ owner, leaseMs: LEASE_MS, limit: batchSize });
    this.#storeFailures = 0;
    if (!claim) {
      await this.#foundNothing();
      return false;
    }
    const failure = await this.#publish(claim);
    if (failure) {
      const retryInMs = backoffMs(RETRY, claim.attempt + 1, this.#ports.random());
      await lanes.settle(claim, { kind: 'failed', retryInMs });
      this.#laneFailed(claim, failure.reason, retryInMs);
    } else {
      // A batch that cannot be settled any more is another instance's, and delivered again.
      await lanes.settle(claim, { kind: 'delivered' });
      this.#laneDelivered(claim);
    }
    return true;
  }

  /** Publishes, but waits no longer than a bus may take. Answers what went wrong. */
  async #publish({ events }: LaneClaim): Promise<{ readonly reason: unknown } | null> {
    const { bus, clock } = this.#ports;
    try {
      await answerWithin(clock, PUBLISH_WITHIN_MS, () =>
        bus.publish(events.map(({ id: _id, ...event }) => event)),
      );
      return null;
    } catch (reason) {
      return { reason };
    }
  }

  #laneFailed({ lane, attempt, events }: LaneClaim, reason: unknown, retryInMs: number): void {
    this.#failing.add(lane);
    this.#lookAgainIn(retryInMs + LEASE_MS);
    this.#troubled('events cannot be delivered, trying again', {
      lane,
      attempt,
      event: events[0]?.key,
      error: message(reason),
    });
  }

  #laneDelivered({ lane }: LaneClaim): void {
    this.#failing.delete(lane);
    this.#succeeded();
  }

  /** Answers how long to wait. */
  #storeFailed(error: unknown): number {
    this.#storeFailures += 1;
    this.#troubled('the outbox cannot be read, trying again', { error: message(error) });
    return backoffMs(RETRY, this.#storeFailures + 1, this.#ports.random());
  }

  /** One line when delivery begins to fail and one when it has recovered, however many tries are between. */
  #troubled(line: string, fields: Readonly<Record<string, unknown>>): void {
    if (this.#inTrouble || this.#stopping.signal.aborted) return;
    this.#inTrouble = true;
    this.#ports.logger.error(line, fields);
  }

  /**
   * A lane that failed here may have been delivered by another instance. That none is free does not say so (they wait
   * for their next try as well); that nothing waits does.
   */
  async #foundNothing(): Promise<void> {
    const { clock, lanes } = this.#ports;
    if (this.#failing.size > 0) {
      if (clock.now() < this.#lookAgainAt) return;
      this.#lookAgainIn(LEASE_MS);
      if ((await lanes.lag()).pending > 0) return;
      this.#failing.clear();
    }
    this.#succeeded();
  }

  #lookAgainIn(ms: number): void {
    this.#lookAgainAt = later(this.#ports.clock.now(), ms);
  }

  #succeeded(): void {
    if (!this.#inTrouble || this.#failing.size > 0) return;
    this.#inTrouble = false;
    this.#ports.logger.info('events are delivered again');
  }
}
