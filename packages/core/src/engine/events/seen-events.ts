import { givenFunction, knownOptions, wholeNumber, withMethods } from '../common/options.ts';
import type { DomainEvent } from './domain-event.ts';
import type { EventContext, EventHandler } from './event-handler.ts';

/** Remembers the keys of events that one consumer has handled, for at least as long as they may be repeated. */
export interface SeenEvents {
  has(key: string): Promise<boolean>;
  add(key: string): Promise<void>;
}

/**
 * Returns a handler that skips events that were handled before. An event counts as handled when the handler ends
 * without throwing, so none is lost. An event is handled twice only if the process dies between the end of the handler
 * and the recording of the key. To exclude that too, write the key and the effect in one transaction.
 *
 * @throws {InvalidOptionError}
 * @example
 * bus.subscribe(deduplicate(byType({ StreakBroken: consolation }), new InMemorySeenEvents()));
 */
export function deduplicate(handler: EventHandler, seen: SeenEvents): EventHandler {
  givenFunction('handler', handler, 'must be a function of an event');
  withMethods('seen', seen, ['has', 'add'], 'must be a memory of events such as new InMemorySeenEvents()');
  return async (event: DomainEvent, context: EventContext) => {
    if (await seen.has(event.key)) return;
    await handler(event, context);
    await seen.add(event.key);
  };
}

/** The latest events that this process handled, in memory. */
export class InMemorySeenEvents implements SeenEvents {
  readonly #keys = new Set<string>();
  readonly #limit: number;

  /**
   * @param options.limit how many keys are kept, default 100,000
   * @throws {InvalidOptionError}
   */
  constructor(options: { readonly limit?: number } = {}) {
    const { limit = 100_000 } = knownOptions(options, ['limit']);
    this.#limit = wholeNumber('limit', limit, { min: 1, max: 10_000_000 });
  }

  has(key: string): Promise<boolean> {
    return Promise.resolve(this.#keys.has(key));
  }

  add(key: string): Promise<void> {
    // Sets keep the order of insertion: the first is the oldest.
    this.#keys.delete(key);
    this.#keys.add(key);
    for (const oldest of this.#keys) {
      if (this.#keys.size <= this.#limit) break;
      this.#keys.delete(oldest);
    }
    return Promise.resolve();
  }
}
