import type { LogFields, Logger } from '../common/logger.ts';
import { errorText } from '../secrets/error-text.ts';
import type { Clock } from '../time/clock.ts';
import { iso, type Instant } from '../time/instant.ts';

/** How an {@link Outage} tells of itself. */
export interface OutageOptions {
  /** What fails, in words joined by hyphens: `leaderboard-cache`. */
  readonly name: string;
  /** What is done with it: each works again for itself, and has failures of its own. */
  readonly operations: readonly string[];
  /** The line in the log when it begins. */
  readonly startMessage: string;
  /** The line in the log when it has ended. */
  readonly endMessage: string;
  /** What else both lines say, such as which of several channels it is. */
  readonly fields?: LogFields;
  /** On which level the beginning is logged. */
  readonly level: 'warn' | 'error';
  /**
   * For how long nothing may have failed before a success ends it: what fails now and then must not begin and end outages
   * without end. Milliseconds, default 0.
   */
  readonly stableAfterMs?: number;
  /** After how long without any use it counts as over. Milliseconds, default: never. */
  readonly forgetAfterMs?: number;
}

/** What an outage works with. */
export interface OutagePorts {
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
}

/** Something that a host can do without for a while, and that does not work now. */
export interface Degradation {
  /** What it is: `leaderboard-cache`, `event-bus`. */
  readonly dependency: string;
  readonly since: Instant;
  /** How often it has failed since then. */
  readonly failures: number;
  readonly lastFailureAt: Instant;
  /** What the newest failure said. */
  readonly error: string;
}

/** What was counted of a dependency since the process began. */
export interface OutageCounts {
  readonly outages: number;
  readonly failures: ReadonlyMap<string, number>;
}

interface Failing {
  readonly at: Instant;
  /** When the operation first succeeded after that. */
  worksSince: Instant | null;
}

/**
 * Tells of something that fails again and again: one line in the log when that begins and one when it has ended, with how
 * often it failed and for how long, however much comes between.
 */
export class Outage {
  readonly #options: Required<OutageOptions>;
  readonly #ports: OutagePorts;
  readonly #failing = new Map<string, Failing>();
  readonly #failures: Map<string, number>;
  #outages = 0;
  #current: Degradation | null = null;

  constructor(options: OutageOptions, ports: OutagePorts) {
    this.#options = { stableAfterMs: 0, forgetAfterMs: Infinity, fields: {}, ...options };
    this.#ports = ports;
    this.#failures = new Map(options.operations.map((operation) => [operation, 0]));
  }

  get name(): string {
    return this.#options.name;
  }

  get counts(): OutageCounts {
    return { outages: this.#outages, failures: this.#failures };
  }

  /** Notes that an operation has failed. */
  failed(operation: string, error: unknown, fields: LogFields = {}): void {
    this.current();
    const now = this.#ports.clock.now();
    const text = errorText(error);
    this.#failing.set(operation, { at: now, worksSince: null });
    this.#failures.set(operation, (this.#failures.get(operation) ?? 0) + 1);
    const { name, startMessage, level, fields: always } = this.#options;
    if (!this.#current) {
      this.#outages += 1;
      this.#ports.logger[level](startMessage, {
        dependency: name,
        operation,
        ...always,
        ...fields,
        error: text,
      });
    }
    this.#current = {
      dependency: name,
      since: this.#current?.since ?? now,
      failures: (this.#current?.failures ?? 0) + 1,
      lastFailureAt: now,
      error: text,
    };
  }

  /** Notes that an operation has succeeded. Costs nothing while nothing fails. */
  succeeded(operation: string): void {
    if (!this.#current) return;
    const failing = this.#failing.get(operation);
    if (failing) failing.worksSince ??= this.#ports.clock.now();
    this.current();
  }

  /** Returns what fails now; `null` when nothing does. An outage that is over ends here. */
  current(): Degradation | null {
    if (this.#current && this.#isOver()) this.#end(this.#current);
    return this.#current;
  }

  #isOver(): boolean {
    const { stableAfterMs, forgetAfterMs } = this.#options;
    const now = this.#ports.clock.now();
    return [...this.#failing.values()].every(({ at, worksSince }) => {
      // A clock that was put back must not prolong it.
      const quietMs = Math.abs(now - at);
      return (worksSince !== null && quietMs >= stableAfterMs) || quietMs >= forgetAfterMs;
    });
  }

  #end({ dependency, since, failures }: Degradation): void {
    const ends = [...this.#failing.values()].map(({ at, worksSince }) => worksSince ?? at);
    const durationMs = Math.max(0, ...ends.map((end) => end - since));
    this.#current = null;
    this.#failing.clear();
    this.#ports.logger.info(this.#options.endMessage, {
      dependency,
      ...this.#options.fields,
      failures,
      since: iso(since),
      durationMs,
    });
  }
}
