import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { allRooms, roomsNamed } from './rooms.ts';
import { scoreOf } from './score.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const rooms = allRooms(root);

describe('rooms to mutate', () => {
  it('hold every source of core and the croner package, each once, except what only exports', () => {
    const sources = globSync('packages/{core,scheduler-croner}/src/**/*.ts', { cwd: root }).filter(
      (file) => !/\.test\.ts$|\/index\.ts$|\/src\/ports\.ts$/.test(file),
    );
    expect(sources.length).toBeGreaterThan(150);
    const homeless = sources.filter(
      (file) => rooms.filter(({ folder }) => file.startsWith(`${folder}/`)).length !== 1,
    );
    expect(homeless).toEqual([]);
  });

  it('are found by the last part of their names', () => {
    const named = (name: string) => roomsNamed(name, rooms).map((room) => room.name);
    expect(named('time')).toEqual(['engine/time']);
    expect(named('game/lives')).toEqual(['game/lives']);
    expect(named('events')).toEqual(['engine/events', 'game/events']);
    expect(named('me')).toEqual([]);
  });
});

describe('the score of a room', () => {
  it('counts what no test runs as survived, and leaves out what cannot be judged', () => {
    const statuses = ['Killed', 'Killed', 'Timeout', 'Survived', 'NoCoverage', 'Ignored', 'CompileError'];
    const mutants = statuses.map((status) => ({ status }));
    expect(scoreOf('engine/time', mutants)).toEqual({
      room: 'engine/time',
      killed: 2,
      timeout: 1,
      survived: 1,
      noCoverage: 1,
      percent: 60,
    });
  });
});
