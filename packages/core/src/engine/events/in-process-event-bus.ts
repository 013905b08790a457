import { hasCode } from '../common/errors.ts';
import { givenFunction, knownOptions, requiredOptions, wholeNumber } from '../common/options.ts';
import type { DomainEvent } from './domain-event.ts';
import { createAbortController, type AbortSignalLike } from '../time/abort.ts';
import type { EventBus, PublishOptions } from './event-bus.ts';
import type { EventContext, EventHandler } from './event-handler.ts';

/** When to dead-letter an event that a handler keeps failing on. */
export interface DeadLetterOptions {
  /** How often a handler may fail on one event. Default 5. */
  readonly maxAttempts?: number;
  /** Receives a dead-lettered event: log it or store it. If it throws, the event counts as not delivered. */
  readonly handle: (event: DomainEvent, error: unknown) => Promise<void> | void;
}

/** For how many undelivered events the bus remembers each handler's attempts. */
const REMEMBERED = 10_000;

/** The state of an event by handler: the number of failures, or `done`. */
type Tries = Map<EventHandler, number | 'done'>;

/**
 * A bus inside the process: calls its handlers one after the other with each event, in order.
 *
 * A handler that throws receives the event again after the relay's delay, and blocks its partition until it succeeds
 * or the event is dead-lettered; without `deadLetter`, indefinitely. Handlers that have already handled the event are
 * not called with it again by this process, but may be by another.
 *
 * If a handler takes longer than 15 seconds for one event, its signal aborts. The handler blocks its partition until it
 * ends; this process never calls it again before that.
 *
 * @example
 * const bus = new InProcessEventBus();
 * bus.subscribe(({ type, payload }) => console.log(type, payload));
 */
export class InProcessEventBus implements EventBus {
  #handlers: readonly EventHandler[] = [];
  readonly #deadLetter: Required<DeadLetterOptions> | undefined;
  /** By event key, for events that at least one handler has not handled yet. */
  readonly #tries = new Map<string, Tries>();

  /** @throws {InvalidOptionError} if `maxAttempts` is not a positive whole number */
  constructor(options: { readonly deadLetter?: DeadLetterOptions } = {}) {
    const { deadLetter } = knownOptions(options, ['deadLetter']);
    if (deadLetter === undefined) return;
    requiredOptions('deadLetter.', deadLetter, ['maxAttempts', 'handle']);
    const { maxAttempts = 5, handle } = deadLetter;
    wholeNumber('deadLetter.maxAttempts', maxAttempts, { min: 1, max: 1_000_000 });
    givenFunction('deadLetter.handle', handle);
    this.#deadLetter = { maxAttempts, handle };
  }

  /**
   * Adds a handler of every event; to handle events by type, use `byType`. Returns a function that removes it.
   *
   * @throws {InvalidOptionError} if it is not a function
   */
  subscribe(handler: EventHandler): () => void {
    givenFunction('handler', handler, 'must be a function of an event');
    const added: EventHandler = (event, context) => handler(event, context);
    this.#handlers = [...this.#handlers, added];
    return () => {
      this.#handlers = this.#handlers.filter((handler) => handler !== added);
    };
  }

  /** Calls the handlers. Rejects with the error of a handler, or with the signal's reason once it has aborted. */
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

  /** If another instance delivers an event, this one never sees it again; so the oldest entries must be dropped. */
  #remember(key: string, tries: Tries): void {
    this.#tries.delete(key);
    this.#tries.set(key, tries);
    for (const oldest of this.#tries.keys()) {
      if (this.#tries.size <= REMEMBERED) break;
      this.#tries.delete(oldest);
    }
  }
}

/** Returns whether a handler was aborted through no fault of its own. A handler that took too long has failed. */
function wasInterrupted({ aborted, reason }: AbortSignalLike): boolean {
  return aborted && !hasCode(reason, 'DELIVERY_STALLED');
}
