import { sql } from 'kysely';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresDatabase } from '../src/index.ts';
import { openInAnotherProcess } from './processes/run.ts';

describe('the embedded database in a folder', () => {
  let parent: string;
  let folder: string;
  let database: PostgresDatabase;

  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'gamekeeper-'));
    folder = join(parent, 'data', 'game');
    database = new PostgresDatabase({ folder });
    await database.open();
  });
  afterAll(async () => {
    await database.close();
    await rm(parent, { recursive: true, force: true });
  });

  it('is refused to a second host in this process and in another one, and goes on serving the first', async () => {
    await store('ada');
    const inUse = { code: 'FOLDER_IN_USE' };
    await expect(new PostgresDatabase({ folder }).open()).rejects.toMatchObject(inUse);
    const elsewhere = await openInAnotherProcess({ folder });
    expect(elsewhere).toMatchObject(inUse);
    expect('message' in elsewhere && elsewhere.message).toContain(`is in use by process ${process.pid} on `);
    expect(await players()).toEqual(['ada']);
  });

  it('keeps what is in it when it is closed and opened again', async () => {
    await database.close();
    expect(await readdir(folder)).not.toContain('gamekeeper.lock');
    database = new PostgresDatabase({ folder });
    await database.open();
    expect(await players()).toEqual(['ada']);
    await store('grace');
    expect(await players()).toEqual(['ada', 'grace']);
  });

  it('is given back when what is in it cannot be opened', async () => {
    const foreign = join(parent, 'foreign');
    await mkdir(foreign);
    await writeFile(join(foreign, 'PG_VERSION'), '99\n');
    await expect(new PostgresDatabase({ folder: foreign }).open()).rejects.toThrow('PGlite');
    expect(await readdir(foreign)).toEqual(['PG_VERSION']);
  });

  async function store(player: string): Promise<void> {
    await database.run((tx) =>
      database.within(tx, (db) =>
        sql`insert into ${database.tables.lives} (user_id, current_lives) values (${player}, 4)`.execute(db),
      ),
    );
  }

  async function players(): Promise<readonly string[]> {
    const { rows } = await database.within(undefined, (db) =>
      sql<{ user_id: string }>`select user_id from ${database.tables.lives} order by user_id`.execute(db),
    );
    return rows.map(({ user_id }) => user_id);
  }
});
