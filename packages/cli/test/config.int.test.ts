import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, type Said } from './cli.ts';
import { Game } from './game.ts';
import { gamekeeperMany } from './programs.ts';

/** Configurations that cannot be, and what is said of each. */
const bad: readonly (readonly [name: string, file: string, code: string, said: RegExp])[] = [
  [
    'no default export',
    'export const host = 1;',
    'gamekeeper.config.ts',
    /has no default export; export the options of createJobHost/,
  ],
  ['a list', 'export default [];', 'gamekeeper.config.ts', /has a default export that is a list/],
  [
    'no modules',
    'export default { rules: {} };',
    'gamekeeper.config.ts',
    /an object without a list of modules/,
  ],
  [
    'a host',
    'export default { runNow() {} };',
    'gamekeeper.config.ts',
    /a host, but the command line creates the host itself/,
  ],
  [
    'a function that returns nothing',
    'export default () => undefined;',
    'gamekeeper.config.ts',
    /a default export that is undefined/,
  ],
  [
    'a function that throws',
    'export default () => { throw new Error("no DATABASE_URL"); };',
    'gamekeeper.config.ts',
    /threw: no DATABASE_URL/,
  ],
  [
    'a secret in an error',
    'throw new Error("postgres://ada:hunter2@db/game is down");',
    'gamekeeper.config.ts',
    /threw while it was loaded: (?!.*hunter2)/,
  ],
  ['no TypeScript', 'export default { modules: [ };', 'gamekeeper.config.ts', /cannot be read: /],
  [
    'no JavaScript',
    'export default {\n  modules: [ }',
    'gamekeeper.config.mjs',
    /cannot be read: .*Unexpected token.*\(line 2\)/,
  ],
  [
    'an enum',
    'enum Mood { Good }\nexport default { modules: [] };',
    'gamekeeper.config.ts',
    /uses TypeScript that Node\.js cannot erase/,
  ],
  [
    'an import that is missing',
    'import "left-pad-9";\nexport default { modules: [] };',
    'gamekeeper.config.ts',
    /imports a file or package that does not exist: .*left-pad-9/,
  ],
  [
    'modules that bind nothing',
    'export default { modules: [] };',
    'gamekeeper.config.ts',
    /no module binds ScheduleParser \(needed by every host\), add cronerScheduler\(\)/,
  ],
  [
    'an unknown option',
    'export default { modules: [], rule: {} };',
    'gamekeeper.config.ts',
    /Unknown option rule; known options are .*rules/,
  ],
].map(([name, file, path, said]) => [name, path, file, said] as never);

describe('a configuration', () => {
  let folder: string;
  let said: readonly Said[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gamekeeper-config-'));
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    const lines = await Promise.all(
      bad.map(async ([, path, text], index) => {
        const cwd = join(folder, `case-${index}`, 'src', 'deep');
        await mkdir(cwd, { recursive: true });
        await writeFile(join(folder, `case-${index}`, path), text);
        return { argv: ['status', '--json'], cwd };
      }),
    );
    const old = join(folder, 'case-cjs');
    await mkdir(old);
    await writeFile(join(old, 'package.json'), '{ "type": "commonjs" }');
    await writeFile(join(old, 'gamekeeper.config.js'), 'export default { modules: [] };');
    said = await gamekeeperMany([...lines, { argv: ['status'], cwd: old }]);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(bad.map(([name], index) => [name, index] as const))(
    'that is wrong (%s) is found from a subfolder, reported in one sentence, and exits with 4',
    (_name, index) => {
      const { code, out, err } = said[index]!;
      expect({ code, err }).toEqual({ code: 4, err: expect.stringMatching(bad[index]![3]) as string });
      expect(err).not.toMatch(/\n +at /);
      expect(err).toContain(join(folder, `case-${index}`));
      expect(JSON.parse(out)).toMatchObject({ error: { code: 'CONFIG_INVALID' } });
    },
  );

  it('with module syntax in a CommonJS package is an error that says what to do', () => {
    expect(said.at(-1)).toMatchObject({ code: 4 });
  });

  it('that does not exist is an error that says what to do, and exits with 4', async () => {
    const none = await cli('status --json', { cwd: folder });
    expect(none.code).toBe(4);
    expect(JSON.parse(none.out)).toMatchObject({ error: { code: 'CONFIG_NOT_FOUND' } });
    expect(none.err).toContain('create one with `gamekeeper init`');
    expect((await cli('status -c missing.ts', { cwd: folder })).err).toContain(
      `no file ${join(folder, 'missing.ts')}`,
    );
  });

  it('may be a function of the environment', async () => {
    const game = new Game();
    const env = { PLAYERS: '7' };
    let seen: NodeJS.ProcessEnv = {};
    const config = async (given: NodeJS.ProcessEnv) => {
      seen = given;
      return game.config();
    };
    expect((await cli('jobs', { config, env })).code).toBe(0);
    expect(seen).toMatchObject(env);
  });

  it('does not pass its instance id and logger to a command: ids are unique', async () => {
    const game = new Game();
    const told: string[] = [];
    const write = (message: string): void => void told.push(message);
    const logger = { debug: write, info: write, warn: write, error: write };
    await game.backend();
    game.clock.jumpTo(game.clock.now() + 3_600_000);
    await cli('run greeting', { config: game.config({ instanceId: 'web-1', logger }) });
    const [run] = await game.store.ledger.runs('greeting', { limit: 1 });
    expect(run?.instanceId).toMatch(/^gamekeeper-cli:/);
    expect(told).toEqual([]);
  });

  it('is written by init once, and loads', async () => {
    const cwd = join(folder, 'new');
    await mkdir(cwd);
    const first = await cli('init', { cwd });
    expect(first.out).toMatch(/^wrote gamekeeper\.config\.ts\n/);
    expect(first.out).toContain('npm install gamekeeper\n');
    expect(await cli('init', { cwd })).toMatchObject({
      code: 2,
      err: expect.stringContaining('--force') as string,
    });
    expect(await cli('init --force', { cwd })).toMatchObject({ code: 0 });
    await writeFile(join(cwd, 'package.json'), '{}');
    await rm(join(cwd, 'gamekeeper.config.ts'));
    expect((await cli('init', { cwd })).out).toMatch(/^wrote gamekeeper\.config\.mts\n/);
  });
});

describe('the command line', () => {
  it.each([
    ['stats', /unknown command 'stats'\n\(Did you mean status\?\)/],
    ['status --jsn', /unknown option '--jsn'\n\(Did you mean --json\?\)/],
    ['runs a b', /too many arguments/],
    ['run', /missing required argument 'job'/],
    ['backfill streak-update --from 2026-11-24T00:00:00Z', /required option '--to <instant>' not specified/],
    ['', /Usage: gamekeeper/],
  ])('refuses "%s" with 2 and what is meant', async (line, said) => {
    const { code, out, err } = await cli(line);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(said);
  });

  it('has help with examples for every command', async () => {
    const { code, out } = await cli('--help');
    expect(code).toBe(0);
    const commands = out.slice(out.indexOf('Commands:'));
    const names = [...commands.matchAll(/^ {2}([a-z][a-z-]*)(?: .*)? {2,}\S/gm)].map(([, name]) => name!);
    expect(names.length).toBeGreaterThan(15);
    for (const name of names.filter((one) => one !== 'help' && one !== 'completion' && one !== 'alerts')) {
      const help = await cli(`${name} --help`);
      expect(help.code).toBe(0);
      expect(help.out).toContain(`Usage: gamekeeper ${name}`);
      expect(help.out).toContain('Examples:\n  $ gamekeeper ');
    }
    expect((await cli('alerts test --help')).out).toContain('$ gamekeeper alerts test');
    expect(await cli('--version')).toMatchObject({ code: 0, out: '0.1.0\n' });
  });

  it('has colours at a terminal unless NO_COLOR is set', async () => {
    const config = new Game().config();
    const env = { NO_COLOR: '' };
    expect((await cli('status', { config, columns: 120, env })).out).toContain(
      '\u001b[31munhealthy\u001b[39m',
    );
    expect((await cli('status', { config, columns: 120 })).out).not.toContain('\u001b');
    expect((await cli('status', { config, env })).out).not.toContain('\u001b');
    expect((await cli('status', { config, columns: 120, env: { ...env, TERM: 'dumb' } })).out).not.toContain(
      '\u001b',
    );
  });
});
