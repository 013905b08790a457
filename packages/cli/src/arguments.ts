import type { OpenOptions } from '@gamekeeper/composition';
import { instant, runStatuses, type Instant, type RunStatus } from '@gamekeeper/core';
import { InvalidArgumentError, Option, type Command } from 'commander';

/** Parses an instant from the command line. */
export function readInstant(text: string): Instant {
  try {
    return instant(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

/** Returns a parser for whole numbers from `min` to `max`. */
export function readNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
    if (!Number.isSafeInteger(value) || value < min || value > max)
      throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
    return value;
  };
}

/** Returns the option `--limit` of list commands. */
export function limitOption(otherwise: number, what: string): Option {
  return new Option('-n, --limit <number>', `maximum number of ${what}`)
    .argParser(readNumber(1, 10_000))
    .default(otherwise);
}

/** Returns the option `--status`, which may be repeated. */
export function statusOption(): Option {
  return new Option('-s, --status <status...>', 'only runs with this status').choices([...runStatuses]);
}

/** The value of `--status`, as parsed by commander. */
export type StatusOption = { readonly status?: RunStatus[] };

/** Adds examples to the help of a command. */
export function withExamples(command: Command, ...examples: readonly string[]): Command {
  return command.addHelpText(
    'after',
    `\nExamples:\n${examples.map((one) => `  $ gamekeeper ${one}`).join('\n')}`,
  );
}

/** The value of `--register`, as parsed by commander. */
export type RegisterOption = { readonly register?: boolean };

/** Returns the option `--register`, for stores on which no host has been started yet. */
export function registerOption(): Option {
  return new Option(
    '--register',
    'migrates the schema and registers jobs and rules that are not stored yet; changes no stored ones',
  );
}

/** Returns the options with which a host is opened, with or without `--register`. */
export function openOptionsFor(register: boolean | undefined): OpenOptions {
  return register ? { register: 'new', migrate: true } : { register: 'none' };
}
