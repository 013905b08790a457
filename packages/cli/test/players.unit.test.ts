import { userId } from '@gamekeeper/core';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli } from './cli.ts';
import { Game } from './game.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gamekeeper-players-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function game(): Promise<Game> {
  const one = new Game();
  await (await one.backend()).stop();
  return one;
}

async function file(text: string | Uint8Array): Promise<string> {
  await writeFile(join(folder, 'players.csv'), text);
  return 'players.csv';
}

const csv = [
  '\ufeffuser_id,username,xp,xp_weekly,current_streak,last_quiz_at,protections,current_lives',
  'ada,"Ada, the ""first""",1200,300,12,2026-11-10T18:00:00Z,0,4',
  '',
  'bob,"Bob\nthe second",,,,,,',
].join('\r\n');

describe('players import', () => {
  it('shows in a dry run what the next ticks would do, and changes nothing', async () => {
    const one = await game();
    const said = await cli(`players import ${await file(csv)} --dry-run`, {
      config: one.config(),
      cwd: folder,
    });
    expect(said).toMatchObject({ code: 0, err: '' });
    expect(said.out).toMatchInlineSnapshot(`
      "2 players read, 2 would be imported. The next ticks would then do to them:

      TICK               JOB                CHANGED  EVENTS
      2026-11-24 12:00Z  life-regeneration        1  1 LivesRefilled
      2026-11-24 12:30Z  life-regeneration        0  -
      2026-11-24 13:00Z  life-regeneration        0  -
      2026-11-25 00:00Z  streak-update            0  -
      2026-11-26 00:00Z  streak-update            0  -
      2026-11-27 00:00Z  streak-update            1  1 StreakBroken
      "
    `);
    expect(await one.store.players.find(userId('ada'))).toBeNull();
  });

  it('imports a file once it is confirmed, as often as it is repeated', async () => {
    const one = await game();
    const typed = { config: one.config(), cwd: folder };
    const line = `players import ${await file(csv)}`;
    expect((await cli(line, typed)).code).toBe(5);
    expect(await cli(`${line} --yes`, typed)).toEqual({
      code: 0,
      out: '2 players read, 2 imported\n',
      err: '2 players read\n',
    });
    expect((await cli(`${line} --yes`, typed)).out).toBe('2 players read, 0 imported, 2 known already\n');
    expect(JSON.parse((await cli(`${line} --yes --json`, typed)).out)).toEqual({
      read: 2,
      imported: 0,
      known: 2,
    });
    expect(await one.store.players.find(userId('ada'))).toMatchObject({ username: 'Ada, the "first"' });
    expect(await one.store.players.find(userId('bob'))).toMatchObject({ username: 'Bob\nthe second' });
    expect(await one.store.awards.xpOf(userId('ada'))).toBe(1_200);
  });

  it.each<[string, string | Uint8Array, string]>([
    [
      'an unknown column',
      'user_id,username,hearts\na,A,5',
      'players.csv has an unknown column hearts; known columns are user_id',
    ],
    ['no name', 'user_id,xp\na,5', 'must have a column username'],
    ['too few fields', 'user_id,username\na,A\nb', 'row 2 has 1 fields instead of 2'],
    ['an open quote', 'user_id,username\na,"A', 'a quoted field of row 1 has no end'],
    ['nothing in it', '', 'has no header'],
    ['another encoding', Buffer.from('user_id,username\na,\xe4', 'latin1'), 'is not UTF-8 text'],
    [
      'a wrong number',
      'user_id,username,xp\na,A,5\nb,B,many',
      'row 2 after the header: Option xp must be a whole number',
    ],
    ['an empty name', 'user_id,username\na,', 'row 1 after the header: Option username must be'],
    [
      'a time without a zone',
      'user_id,username,last_quiz_at\na,A,2026-11-10 18:00',
      'ISO text with its time zone',
    ],
  ])('refuses a file with %s by its place, and imports nothing of it', async (_, text, expected) => {
    const one = await game();
    const { code, err } = await cli(`players import ${await file(text)} --yes`, {
      config: one.config(),
      cwd: folder,
    });
    expect(code).toBe(2);
    expect(err).toContain(expected);
    expect(await one.store.players.find(userId('a'))).toBeNull();
  });

  it('needs a file or a select, and SQL for a select', async () => {
    const one = await game();
    const typed = { config: one.config(), cwd: folder };
    expect((await cli('players import --yes', typed)).code).toBe(2);
    expect((await cli(['players', 'import', '--select', 'select 1', '--yes'], typed)).err).toContain(
      'a store that has SQL',
    );
    expect((await cli('players import nowhere.csv --yes', typed)).err).toContain(
      'nowhere.csv cannot be read',
    );
  });
});

describe('players import-period', () => {
  it('archives a past period once', async () => {
    const one = await game();
    const typed = { config: one.config(), cwd: folder };
    const path = await file('user_id,username,score\nada,Ada,7\nbob,Bob,9\n');
    const line = `players import-period weekly 2026-11-17T00:00:00Z ${path} --yes`;
    expect((await cli(line, typed)).out).toBe('archived: 2 players\n');
    expect((await cli(line, typed)).out).toBe('the period is stored already, nothing to do\n');
    const board = { key: 'weekly' } as never;
    expect(await one.store.archive.list({ board, period: '2026-W47' }, { limit: 9 })).toMatchObject([
      { rank: 1, username: 'Bob', score: 9 },
      { rank: 2, username: 'Ada', score: 7 },
    ]);
    const wrong = await file('user_id,username,points\nada,Ada,7\n');
    expect((await cli(`players import-period weekly 2026-11-10T00:00:00Z ${wrong} --yes`, typed)).code).toBe(
      2,
    );
  });
});

describe('changes of one player', () => {
  const why = '--reason outage --by eve';

  it('are applied once per id, with who and why', async () => {
    const one = await game();
    const config = one.config();
    const backend = await one.backend();
    await backend.players.import([{ userId: 'ada', username: 'Ada', xp: 9, currentLives: 1 }]);
    await backend.stop();
    for (const line of [
      `players rename ada Eve ${why}`,
      `players grant-lives ada full ${why}`,
      `players set-streak ada --current 31 --protections 1 ${why}`,
      `players adjust-xp ada -4 ${why}`,
    ])
      expect(await cli(line, { config })).toEqual({ code: 0, out: 'done: player ada\n', err: '' });
    expect((await cli(`players grant-lives ada 2 ${why} --id once`, { config })).out).toContain('done');
    expect((await cli(`players grant-lives ada 2 ${why} --id once`, { config })).out).toContain(
      'nothing to do',
    );
    expect(await one.store.players.find(userId('ada'))).toMatchObject({ username: 'Eve' });
    expect(await one.store.lives.find(userId('ada'))).toMatchObject({ currentLives: 7 });
    expect(await one.store.streaks.find(userId('ada'))).toMatchObject({ currentStreak: 31, protections: 1 });
    expect(await one.store.awards.xpOf(userId('ada'))).toBe(5);
    const [event] = await one.store.outbox.list({ limit: 1 });
    expect(event).toMatchObject({
      type: 'PlayerAdjusted',
      payload: { by: 'eve', reason: 'outage', username: 'Eve' },
    });
    expect((await cli(`players erase ada ${why}`, { config })).code).toBe(5);
    expect((await cli(`players erase ada ${why} --yes --json`, { config })).out).toContain('"changed": true');
    expect(await one.store.players.find(userId('ada'))).toBeNull();
  });

  it.each([
    'players rename ada Eve',
    `players rename nobody Eve ${why}`,
    `players grant-lives ada none ${why}`,
    `players adjust-xp ada 0 ${why}`,
    `players set-streak ada --current -1 ${why}`,
  ])('are refused with 2: %s', async (line) => {
    const one = await game();
    expect((await cli(line, { config: one.config() })).code).toBe(2);
  });
});
