import { logLine } from '../common/log-line.ts';
import type { LogFields, Logger } from '../common/logger.ts';
import { iso, type Instant } from '../time/instant.ts';

/** A log line about a run. */
export interface RunLogLine {
  readonly at: Instant;
  readonly level: keyof Logger;
  /** The message and its fields, without the job and the tick; at most 1,000 characters. */
  readonly text: string;
}

/** The lines about one run that are kept. */
export interface RunLogLines {
  /** Oldest first. */
  readonly lines: readonly RunLogLine[];
  /** How many older lines about the run were dropped. */
  readonly dropped: number;
}

/** How many lines a host keeps by default. */
export const DEFAULT_KEPT_LOG_LINES = 2_000;

const MOST_LINES_OF_A_RUN = 100;
const MOST_CHARACTERS = 1_000;
const NOTHING: RunLogLines = { lines: [], dropped: 0 };

/**
 * The newest log lines about runs, of all levels, in the memory of this process. Runs whose last line is the oldest are
 * forgotten first.
 */
export class RunLog {
  readonly #limit: number;
  readonly #now: () => Instant;
  /** By job and tick; the run with the newest line is the last. */
  readonly #runs = new Map<string, { readonly lines: RunLogLine[]; dropped: number }>();
  #kept = 0;

  /** @param options.limit how many lines are kept in all; 0: none */
  constructor({ limit, now }: { readonly limit: number; readonly now: () => Instant }) {
    this.#limit = limit;
    this.#now = now;
  }

  /** Whether lines are kept at all. */
  get isOn(): boolean {
    return this.#limit > 0;
  }

  /** Returns the kept lines about a run: none if this process has written none, or they were forgotten. */
  of(job: string, tick: Instant): RunLogLines {
    const run = this.#runs.get(keyOf(job, iso(tick)));
    return run ? { lines: [...run.lines], dropped: run.dropped } : NOTHING;
  }

  /** Returns a logger that keeps lines whose fields name a job and a tick, and writes all to another logger. */
  keeping(logger: Logger): Logger {
    if (!this.isOn) return logger;
    const write =
      (level: keyof Logger) =>
      (message: string, fields?: LogFields): void => {
        this.#keep(level, message, fields ?? {});
        logger[level](message, ...(fields === undefined ? [] : [fields]));
      };
    return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  }

  #keep(level: keyof Logger, message: string, { job, tick, ...fields }: LogFields): void {
    if (typeof job !== 'string' || typeof tick !== 'string') return;
    const key = keyOf(job, tick);
    const run = this.#runs.get(key) ?? { lines: [], dropped: 0 };
    this.#runs.delete(key);
    this.#runs.set(key, run);
    run.lines.push({ at: this.#now(), level, text: shortened(logLine(message, fields)) });
    this.#kept += 1;
    if (run.lines.length > MOST_LINES_OF_A_RUN) this.#dropLine(run);
    for (const [oldest, forgotten] of this.#runs) {
      if (this.#kept <= this.#limit) return;
      if (this.#runs.size === 1) return this.#dropLine(run);
      this.#runs.delete(oldest);
      this.#kept -= forgotten.lines.length;
    }
  }

  #dropLine(run: { readonly lines: RunLogLine[]; dropped: number }): void {
    run.lines.shift();
    run.dropped += 1;
    this.#kept -= 1;
  }
}

function keyOf(job: string, tick: string): string {
  return `${tick} ${job}`;
}

function shortened(text: string): string {
  if (text.length <= MOST_CHARACTERS) return text;
  return `${text.slice(0, MOST_CHARACTERS - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
