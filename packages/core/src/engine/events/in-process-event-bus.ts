import { InvalidOptionError, hasCode } from '../common/errors.ts';
import { wholeNumber } from '../common/options.ts';
import type { DomainEvent } from './domain-event.ts';
import { createAbortController, type AbortSignalLike } from '../time/abort.ts';
import type { EventBus, PublishOptions } from './event-bus.ts';
import type { EventContext, EventHandler } from './event-handler.ts';

/** What becomes of an event that a handler fails at again and again. */
export interface DeadLetterOptions {
  /** How often a handler may fail at one event. Default 5. */
  readonly maxAttempts?: number;
  /** Takes what was given up: log it, keep it. What it throws makes the event count as not delivered. */
  readonly handle: (event: DomainEvent, error: unknown) => Promise<void> | void;
}

/** Of how many events that are still to be delivered it is remembered what each handler made of them. */
const REMEMBERED = 10_000;

/** What became of an event so far, by handler: how often it failed, or that it is done with the event. */
type Tries = Map<EventHandler, number | 'done'>;

/**
 * A bus inside the process: handlers are called one after the other with each event, in order.
 *
 * A handler that throws gets the event again after the relay's pause, and holds up the events of the same lane until it
 * takes it or `deadLetter` hands it over; without `deadLetter` for as long as it takes. Handlers that had taken the event
 * before are not called with it again by this process, but may be by another.
 *
 * A handler that takes longer than 15 seconds for one event is told so by its signal. It holds up the events of its lane
 * until it ends: this process never calls it again before.
 *
 * @example
 * const bus = new InProcessEventBus();
 * bus.subscribe(({ type, payload }) => console.log(type, payload));
 */
export class InProcessEventBus implements EventBus {
  #handlers: readonly EventHandler[] = [];
  readonly #deadLetter: Required<DeadLetterOptions> | undefined;
  /** By event key, for events that some handler is not done with. */
  readonly #tries = new Map<string, Tries>();

  /** @throws {InvalidOptionError} for a number of attempts that is not positive */
  constructor({ deadLetter }: { readonly deadLetter?: DeadLetterOptions } = {}) {
    if (!deadLetter) return;
    const { maxAttempts = 5, handle } = deadLetter;
    wholeNumber('deadLetter.maxAttempts', maxAttempts, { min: 1, max: 1_000_000 });
    if (typeof handle !== 'function') {
      throw new InvalidOptionError('deadLetter.handle', handle, 'must be a function');
    }
    this.#deadLetter = { maxAttempts, handle };
  }

  /** Adds a handler of every event; `byType` makes one of handlers by type. Returns a function that removes it. */
  subscribe(handler: EventHandler): () => void {
    const added: EventHandler = (event, context) => handler(event, context);
    this.#handlers = [...this.#handlers, added];
    return () => {
      this.#handlers = this.#handlers.filter((handler) => handler !== added);
    };
  }

  /** Calls the handlers. Rejects with what a handler throws, or with the reason of the signal once it has aborted. */
  async publish(
    events: readonly DomainEvent[],
    { signal = createAbortController().signal, onDelivered }: PublishOptions = {},
  ): Promise<void> {
    for (const [index, event] of events.entries()) {
      const tries: Tries = this.#tries.get(event.key) ?? new Map<EventHandler, number | 'done'>();
      try {
        for (const handler of this.#handlers) await this.#deliver(event, handler, { signal }, tries);
      } catch (error) {
        this.#remember(event.key, tries);
        throw error;
      }
      this.#tries.delete(event.key);
      onDelivered?.(index + 1);
    }
  }

  async #deliver(
    event: DomainEvent,
    handler: EventHandler,
    context: EventContext,
    tries: Tries,
  ): Promise<void> {
    const before = tries.get(handler) ?? 0;
    if (before === 'done') return;
    context.signal.throwIfAborted();
    try {
      await handler(event, context);
    } catch (error) {
      if (wasInterrupted(context.signal)) throw error;
      tries.set(handler, before + 1);
      if (!this.#deadLetter || before + 1 < this.#deadLetter.maxAttempts) throw error;
      await this.#deadLetter.handle(event, error);
    }
    tries.set(handler, 'done');
  }

  /** An event that another instance delivers is never heard of again here, so that the oldest must be forgotten. */
  #remember(key: string, tries: Tries): void {
    this.#tries.delete(key);
    this.#tries.set(key, tries);
    for (const oldest of this.#tries.keys()) {
      if (this.#tries.size <= REMEMBERED) break;
      this.#tries.delete(oldest);
    }
  }
}

/** Whether a handler was told to end for no fault of its own. One that took too long has failed. */
function wasInterrupted({ aborted, reason }: AbortSignalLike): boolean {
  return aborted && !hasCode(reason, 'DELIVERY_STALLED');
}
