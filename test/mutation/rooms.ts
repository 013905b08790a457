import { readdirSync } from 'node:fs';

/** A folder of sources, and the unit tests that have to notice when an operator in it changes. */
export interface Room {
  /** The last folders of its path, such as `engine/time`. */
  readonly name: string;
  readonly folder: string;
  /** Globs of test files. */
  readonly tests: readonly string[];
}

const core = 'packages/core/src';

/** Tests outside of a room that are the only ones of a part of it. */
const testedElsewhere: Readonly<Record<string, readonly string[]>> = {
  'engine/jobs': [`${core}/game/lives/failing-items.unit.test.ts`],
};

/**
 * The rooms of core, and the croner package. A room of the engine is tested by little more than its own tests, which
 * keeps a run short; a rule of the game by the tests of the whole game, since rooms of the game act on each other.
 */
export function allRooms(root: string): readonly Room[] {
  const foldersIn = (storey: string): readonly string[] =>
    readdirSync(`${root}/${core}/${storey}`, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${storey}/${name}`)
      .sort();
  return [
    ...foldersIn('engine').map((name) => roomOf(name, `${core}/${name}`)),
    ...foldersIn('game').map((name) => roomOf(name, `${core}/${name}`, `${core}/game`)),
    roomOf('croner', 'packages/scheduler-croner/src'),
  ];
}

/** Returns the rooms with a name, such as `engine/time` or `time`. */
export function roomsNamed(name: string, rooms: readonly Room[]): readonly Room[] {
  return rooms.filter((room) => room.name === name || room.name.endsWith(`/${name}`));
}

function roomOf(name: string, folder: string, tested = folder): Room {
  return { name, folder, tests: [`${tested}/**/*.unit.test.ts`, ...(testedElsewhere[name] ?? [])] };
}
