import type { OpenOptions } from '@gamekeeper/composition';
import { instant, runStatuses, type Instant, type RunStatus } from '@gamekeeper/core';
import { InvalidArgumentError, Option, type Command } from 'commander';

/** An instant from the command line. */
export function readInstant(text: string): Instant {
  try {
    return instant(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

/** Reads whole numbers within bounds. */
export function readNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
    if (!Number.isSafeInteger(value) || value < min || value > max)
      throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`);
    return value;
  };
}

/** `--limit`, as lists have it. */
export function limitOption(otherwise: number, what: string): Option {
  return new Option('-n, --limit <number>', `at most so many ${what}`)
    .argParser(readNumber(1, 10_000))
    .default(otherwise);
}

/** `--status`, which may be given several times. */
export function statusOption(): Option {
  return new Option('-s, --status <status...>', 'only runs that stand like this').choices([...runStatuses]);
}

/** What `--status` was given, as commander has it. */
export type StatusOption = { readonly status?: RunStatus[] };

/** Shows how a command is typed below its help. */
export function withExamples(command: Command, ...examples: readonly string[]): Command {
  return command.addHelpText(
    'after',
    `\nExamples:\n${examples.map((one) => `  $ gamekeeper ${one}`).join('\n')}`,
  );
}

/** What `--register` was given, as commander has it. */
export type RegisterOption = { readonly register?: boolean };

/** `--register`, for stores that no host has been started on yet. */
export function registerOption(): Option {
  return new Option(
    '--register',
    'brings the schema up to date and registers jobs and rules that are not on record yet; changes none that are',
  );
}

/** How a host is opened with or without `--register`. */
export function openOptionsFor(register: boolean | undefined): OpenOptions {
  return register ? { register: 'new', migrate: true } : { register: 'none' };
}
