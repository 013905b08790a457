import { GamekeeperError, isGamekeeperError } from '../common/errors.ts';
import { errorText } from '../secrets/error-text.ts';

/** One thing outside of this process that a module needs, and whether it is as it has to be. */
export interface SetupFinding {
  /** What was looked at, in few words: `connection`, `schema`, `grants`. */
  readonly subject: string;
  readonly status: 'ok' | 'warning' | 'error';
  /** One sentence without secrets: what is there, or what is missing. */
  readonly text: string;
  /** The code of the error that opening would throw for this; `null` where it would not. */
  readonly code: string | null;
  /** What to run, in this order, to put it right: SQL statements, or commands of a shell or of Redis. */
  readonly fix: readonly string[];
}

/** A finding, and the module of the host that made it. */
export interface ModuleFinding extends SetupFinding {
  readonly module: string;
}

/**
 * Something outside of this process is not set up: a role, a grant, a schema. The message says what is missing and how
 * to put it right. It has no stack, since the fault is in no code, and a page of stack would hide the sentence.
 */
export class SetupError<Code extends string = string> extends GamekeeperError<Code> {
  /** What to run, in this order, to put it right. */
  readonly fix: readonly string[];

  /**
   * @param what what is wrong, as a sentence without its full stop
   * @param advice what to do, with who has to do it: `run as a superuser`
   */
  constructor(
    code: Code,
    what: string,
    { advice, fix = [] }: { readonly advice: string; readonly fix?: readonly string[] },
  ) {
    super(code, `${what}; ${advice}${fix.length > 0 ? `: ${fix.join('; ')}` : '.'}`);
    this.fix = fix;
    this.stack = `${this.name}: ${this.message}`;
  }
}

/** What opening would have thrown, as a finding. */
export function failedSetup(subject: string, error: unknown): SetupFinding {
  const code = isGamekeeperError(error) ? error.code : null;
  const fix = isGamekeeperError(error) && 'fix' in error ? (error.fix as readonly string[]) : [];
  return { subject, status: 'error', text: errorText(error), code, fix };
}

/** A store lacks tables or columns that this version needs, and they may not be made from here. */
export class SchemaOutdatedError extends SetupError<'SCHEMA_OUTDATED'> {
  /** The migrations that have not run here, oldest first. */
  readonly pending: readonly string[];

  /**
   * @param place such as `schema "gamekeeper"`
   * @param reason why they may not be made from here
   * @param as who may make them, where that is known
   */
  constructor(
    place: string,
    pending: readonly string[],
    { reason, as }: { readonly reason: string; readonly as?: string },
  ) {
    const what = pending.length === 1 ? 'a migration has' : `${pending.length} migrations have`;
    super('SCHEMA_OUTDATED', `In ${place} ${what} not run (${pending.join(', ')}), and ${reason}`, {
      advice: `run this as ${as ?? 'a role that may'}, then start again`,
      fix: ['npx gamekeeper migrate'],
    });
    this.pending = pending;
  }
}
