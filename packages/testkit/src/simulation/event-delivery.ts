import {
  HOUR_MS,
  InProcessEventBus,
  addMs,
  silentLogger,
  type Clock,
  type DomainEvent,
  type Instant,
} from '@gamekeeper/core';
import { type OutboxPartitions, type StoredEvent } from '@gamekeeper/core/ports';
import { EventRelay, sleep, subjectOf } from '@gamekeeper/core/engine';
import type { SimulatedProcess } from './simulated-process.ts';

/** Rare: over a simulated week, polling would cost more than everything else. */
const POLL_EVERY_MS = 2 * HOUR_MS;
const BATCH_SIZE = 100;
/** No slow call, and no lock on the store, lasts longer. */
const LASTS_MS = 2 * HOUR_MS;

/** What the handlers of all processes received, and the checks of law 3. */
export class Deliveries {
  /** When a handler finished each event; in the order of the first times. */
  readonly #handled = new Map<string, Instant[]>();
  readonly #disturbances: Instant[] = [];
  readonly #now: () => Instant;
  readonly wrong: Set<string> = new Set();

  constructor(now: () => Instant) {
    this.#now = now;
  }

  /** Records a fault that may make it unknown which events were delivered. */
  disturb(): void {
    this.#disturbances.push(this.#now());
  }

  /** Handles an event in a process. */
  async handle(event: DomainEvent, atWork: Set<string>, work: () => Promise<void>): Promise<void> {
    if (atWork.has(event.key))
      this.wrong.add(`law 3: ${event.key} was handed to a handler that was still at work on it`);
    atWork.add(event.key);
    try {
      await work();
      this.#handled.set(event.key, [...(this.#handled.get(event.key) ?? []), this.#now()]);
    } finally {
      atWork.delete(event.key);
    }
  }

  /** Returns the violations at the end of the history. */
  judge(events: readonly StoredEvent[]): readonly string[] {
    const wrong = [...this.wrong];
    const places = new Map([...this.#handled.keys()].map((key, place) => [key, place]));
    const before = new Map<string, StoredEvent>();
    for (const event of events) {
      const place = places.get(event.key);
      if (place === undefined) wrong.push(`law 3: ${event.key} was never delivered`);
      const subject = subjectOf(event);
      const earlier = before.get(subject);
      before.set(subject, event);
      if (earlier && (places.get(earlier.key) ?? Infinity) > (place ?? Infinity))
        wrong.push(`law 3: ${event.key} was delivered before ${earlier.key}, which came first`);
      if (this.#isRepeated(event.key))
        wrong.push(`law 3: ${event.key} was delivered again, although nothing had come between`);
    }
    return wrong;
  }

  /** Returns whether an event was delivered again without a recent cause. */
  #isRepeated(key: string): boolean {
    const times = this.#handled.get(key) ?? [];
    return times.some((at, index) => {
      const before = times[index - 1];
      if (before === undefined) return false;
      const since = addMs(before, -LASTS_MS);
      return !this.#disturbances.some((cause) => cause >= since && cause <= at);
    });
  }
}

/** Returns the relay of one process, with a slow handler. */
export function deliveryOf(
  process: SimulatedProcess,
  {
    lanes,
    deliveries,
    clock,
    instanceId,
    handlerMs,
  }: {
    readonly lanes: OutboxPartitions;
    readonly deliveries: Deliveries;
    readonly clock: Clock;
    readonly instanceId: string;
    readonly handlerMs: number;
  },
): EventRelay {
  const bus = new InProcessEventBus();
  const atWork = new Set<string>();
  bus.subscribe((event) =>
    deliveries.handle(event, atWork, () =>
      process.call('events.handle', [], () => (handlerMs > 0 ? sleep(clock, handlerMs) : Promise.resolve())),
    ),
  );
  return new EventRelay({
    partitions: lanes,
    bus,
    clock,
    logger: silentLogger,
    instanceId,
    random: () => 0,
    batchSize: BATCH_SIZE,
    pollIntervalMs: POLL_EVERY_MS,
  });
}
