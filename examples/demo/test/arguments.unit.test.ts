import { expect, it } from 'vitest';
import { readArguments, UsageError } from '../src/arguments.ts';

it('has defaults', () => {
  expect(readArguments([])).toEqual({ help: false, port: 8080, seed: 1, players: 60 });
});

it('reads what is given', () => {
  const given = readArguments(['--port', '0', '--seed=7', '--players', '1000']);
  expect(given).toEqual({ help: false, port: 0, seed: 7, players: 1000 });
  expect(readArguments(['--help']).help).toBe(true);
});

it.each([
  [['--nope'], "Unknown option '--nope'"],
  [['--players', '-3'], "Option '--players' argument is ambiguous."],
  [['--players=-3'], '--players must be a whole number from 0 to 1000.'],
  [['--players='], '--players must be a whole number from 0 to 1000.'],
  [['--port', '65536'], '--port must be a whole number from 0 to 65535.'],
])('refuses %j in one line', (argv, message) => {
  const read = () => readArguments(argv);
  expect(read).toThrow(UsageError);
  expect(read).toThrow(message);
  expect(read).not.toThrow(/\n/);
});
