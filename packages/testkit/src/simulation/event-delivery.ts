import {
  EventRelay,
  InProcessEventBus,
  HOUR_MS,
  silentLogger,
  sleep,
  subjectOf,
  type Clock,
  type DomainEvent,
  type OutboxLanes,
  type StoredEvent,
} from '@gamekeeper/core';
import type { SimulatedProcess } from './simulated-process.ts';

/** Seldom: in a history of a week, looking costs more than all the rest. */
const POLL_EVERY_MS = 2 * HOUR_MS;
const BATCH_SIZE = 100;

/** What handlers were given, by all processes, and what must hold of it (law 3). */
export class Deliveries {
  /** Events that a handler has finished, in the order in which each was for the first time. */
  readonly #handled = new Map<string, number>();
  readonly wrong: Set<string> = new Set();

  /** Handles an event in a process. */
  async handle(event: DomainEvent, atWork: Set<string>, work: () => Promise<void>): Promise<void> {
    if (atWork.has(event.key))
      this.wrong.add(`law 3: ${event.key} was handed to a handler that was still at work on it`);
    atWork.add(event.key);
    try {
      await work();
      this.#handled.set(event.key, (this.#handled.get(event.key) ?? 0) + 1);
    } finally {
      atWork.delete(event.key);
    }
  }

  /**
   * What is wrong at the end.
   *
   * @param mostTimes how often an event may be delivered at most
   */
  judge(events: readonly StoredEvent[], mostTimes: number): readonly string[] {
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
      const times = this.#handled.get(event.key) ?? 0;
      if (times > mostTimes)
        wrong.push(`law 3: ${event.key} was delivered ${times} times, where ${mostTimes} would do`);
    }
    return wrong;
  }
}

/** The relay of one process, with a handler that takes its time. */
export function deliveryOf(
  process: SimulatedProcess,
  {
    lanes,
    deliveries,
    clock,
    owner,
    handlerMs,
  }: {
    readonly lanes: OutboxLanes;
    readonly deliveries: Deliveries;
    readonly clock: Clock;
    readonly owner: string;
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
    lanes,
    bus,
    clock,
    logger: silentLogger,
    owner,
    random: () => 0,
    batchSize: BATCH_SIZE,
    pollEveryMs: POLL_EVERY_MS,
  });
}
