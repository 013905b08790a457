import { InvalidOptionError } from '../errors.ts';
import { wholeNumber } from '../options.ts';
import type { DomainEvent } from './domain-event.ts';
import type { EventBus } from './event-bus.ts';
import { byType, type EventHandler, type EventHandlers } from './event-handler.ts';

/** What becomes of an event that a handler fails at again and again. */
export interface GivingUp {
  /** How often a handler may fail at one event. Default 5. */
  readonly afterAttempts?: number;
  /** Takes what was given up: log it, keep it. What it throws makes the event count as not delivered. */
  readonly handOver: (event: DomainEvent, error: unknown) => Promise<void> | void;
}

/**
 * A bus inside the process: handlers are called one after the other with each event, in order.
 *
 * A handler that throws gets the event again after the relay's pause, and holds up the events of the same lane until it
 * takes it or `giveUp` hands it over; without `giveUp` for as long as it takes. Handlers that had taken the event
 * before get it again, too.
 *
 * @example
 * const bus = new InProcessEventBus();
 * bus.subscribe({ StreakBroken: ({ payload }) => console.log(`${payload.userId} lost ${payload.lostStreak} days`) });
 */
export class InProcessEventBus implements EventBus {
  #handlers: readonly EventHandler[] = [];
  readonly #giveUp: Required<GivingUp> | undefined;
  /** How often each handler failed at events that are still to be delivered. */
  readonly #failures = new WeakMap<EventHandler, Map<string, number>>();

  /** @throws {InvalidOptionError} for a number of attempts that is not positive */
  constructor({ giveUp }: { readonly giveUp?: GivingUp } = {}) {
    if (!giveUp) return;
    const { afterAttempts = 5, handOver } = giveUp;
    wholeNumber('giveUp.afterAttempts', afterAttempts, { min: 1, max: 1_000_000 });
    if (typeof handOver !== 'function') {
      throw new InvalidOptionError('giveUp.handOver', handOver, 'give a function');
    }
    this.#giveUp = { afterAttempts, handOver };
  }

  /** Adds a handler of every event, or handlers by type. Answers how to take it away again. */
  subscribe(handler: EventHandler | EventHandlers): () => void {
    const added: EventHandler = typeof handler === 'function' ? (event) => handler(event) : byType(handler);
    this.#handlers = [...this.#handlers, added];
    return () => {
      this.#handlers = this.#handlers.filter((handler) => handler !== added);
    };
  }

  async publish(events: readonly DomainEvent[]): Promise<void> {
    for (const event of events) {
      for (const handler of this.#handlers) await this.#deliver(event, handler);
    }
  }

  async #deliver(event: DomainEvent, handler: EventHandler): Promise<void> {
    try {
      await handler(event);
    } catch (error) {
      if (!this.#giveUp || this.#failed(event, handler) < this.#giveUp.afterAttempts) throw error;
      await this.#giveUp.handOver(event, error);
    }
    this.#failures.get(handler)?.delete(event.key);
  }

  /** Counts a failure. */
  #failed({ key }: DomainEvent, handler: EventHandler): number {
    const counts = this.#failures.get(handler) ?? new Map<string, number>();
    this.#failures.set(handler, counts);
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count;
  }
}
