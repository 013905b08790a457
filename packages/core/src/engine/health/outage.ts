import type { LogFields, Logger } from '../common/logger.ts';
import { errorText } from '../secrets/error-text.ts';
import type { Clock } from '../time/clock.ts';
import { iso, type Instant } from '../time/instant.ts';

/** The options of an {@link Outage}. */
export interface OutageOptions {
  /** The name of the dependency, in words joined by hyphens: `leaderboard-cache`. */
  readonly name: string;
  /** The operations on it: each fails and recovers independently. */
  readonly operations: readonly string[];
  /** The log line when the outage begins. */
  readonly startMessage: string;
  /** The log line when the outage has ended. */
  readonly endMessage: string;
  /** Extra fields of both log lines, such as the name of the channel. */
  readonly fields?: LogFields;
  /** The log level of the start message. */
  readonly level: 'warn' | 'error';
  /** Milliseconds without a failure before a success ends the outage; prevents flapping. Default 0. */
  readonly stableAfterMs?: number;
  /** After how long without use the outage counts as over. Milliseconds, default: never. */
  readonly forgetAfterMs?: number;
}

/** The collaborators of an outage. */
export interface OutagePorts {
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
}

/** An optional dependency that is unavailable now. */
export interface Degradation {
  /** The name of the dependency: `leaderboard-cache`, `event-bus`. */
  readonly dependency: string;
  readonly since: Instant;
  /** How many operations have failed since then. */
  readonly failures: number;
  readonly lastFailureAt: Instant;
  /** The error of the newest failure. */
  readonly error: string;
}

/** The counters of a dependency since the process started. */
export interface OutageCounts {
  readonly outages: number;
  readonly failures: ReadonlyMap<string, number>;
}

interface Failing {
  readonly at: Instant;
  /** When the operation first succeeded after the last failure. */
  worksSince: Instant | null;
}

/**
 * Tracks repeated failures of a dependency. Logs one line when an outage begins and one when it ends, with the number
 * of failures and its duration, however many failures occur in between.
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

  /** Records a failed operation. */
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

  /** Records a successful operation. Costs nothing while there is no outage. */
  succeeded(operation: string): void {
    if (!this.#current) return;
    const failing = this.#failing.get(operation);
    if (failing) failing.worksSince ??= this.#ports.clock.now();
    this.current();
  }

  /** Returns the current outage; `null` if there is none. Ends the outage if it is over. */
  current(): Degradation | null {
    if (this.#current && this.#isOver()) this.#end(this.#current);
    return this.#current;
  }

  #isOver(): boolean {
    const { stableAfterMs, forgetAfterMs } = this.#options;
    const now = this.#ports.clock.now();
    return [...this.#failing.values()].every(({ at, worksSince }) => {
      // A clock that was moved back must not extend the outage.
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
