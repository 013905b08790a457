import { GamekeeperError, isGamekeeperError } from '../common/errors.ts';
import { errorText } from '../secrets/error-text.ts';

/** One thing outside of this process that a module needs, and whether it is set up correctly. */
export interface SetupFinding {
  /** What was checked, in few words: `connection`, `schema`, `grants`. */
  readonly subject: string;
  readonly status: 'ok' | 'warning' | 'error';
  /** One sentence without secrets: what exists, or what is missing. */
  readonly text: string;
  /** The code of the error that opening would throw for this; `null` if it would not throw. */
  readonly code: string | null;
  /** Commands that fix it, in this order: SQL statements, shell commands or Redis commands. */
  readonly fix: readonly string[];
}

/** A finding, and the module that reported it. */
export interface ModuleFinding extends SetupFinding {
  readonly module: string;
}

/**
 * Something outside of this process is not set up: a role, a grant, a schema. The message says what is missing and how
 * to fix it. It has no stack trace: the cause is not in the code, and a long stack would hide the message.
 */
export class SetupError<Code extends string = string> extends GamekeeperError<Code> {
  /** Commands that fix it, in this order. */
  readonly fix: readonly string[];

  /**
   * @param what what is wrong, as a sentence without its full stop
   * @param advice what to do, and who has to do it: `run as a superuser`
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

/** Returns what opening would have thrown, as a finding. */
export function failedSetup(subject: string, error: unknown): SetupFinding {
  const code = isGamekeeperError(error) ? error.code : null;
  const fix = isGamekeeperError(error) && 'fix' in error ? (error.fix as readonly string[]) : [];
  return { subject, status: 'error', text: errorText(error), code, fix };
}

/** A store lacks tables or columns that this version needs, and this process must not create them. */
export class SchemaOutdatedError extends SetupError<'SCHEMA_OUTDATED'> {
  /** The migrations that have not run, oldest first. */
  readonly pending: readonly string[];

  /**
   * @param place such as `schema "gamekeeper"`
   * @param reason why this process must not run them
   * @param as the role that may run them, if known
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
