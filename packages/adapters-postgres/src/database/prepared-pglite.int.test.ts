import { PGlite, protocol } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PreparedPglite } from './prepared-pglite.ts';

describe('PreparedPglite', () => {
  let plain: PGlite;
  let prepared: PreparedPglite;

  beforeAll(async () => {
    plain = await PGlite.create({ dataDir: 'memory://' });
    prepared = new PreparedPglite(plain, protocol);
    await plain.exec('create table kept (id int primary key, name text)');
  });
  afterAll(() => (prepared.closed ? undefined : prepared.close()));

  it.each<[string, readonly unknown[]]>([
    [
      'select 1 as one, null as nothing, true as yes, 1.5::float8 as half, 9007199254740991::int8 as most',
      [],
    ],
    ['select $1::text as text, $2::int as number, $3::boolean as flag', ['O’Hara "\\"', 7, false]],
    ['select $1::text as nothing, $2::jsonb as json', [null, '{"a": [1, null, "ü"]}']],
    [
      'select item, at from unnest($1::text[], $2::timestamptz[]) as list (item, at)',
      [
        ['a,"b', '{}'],
        [null, '2026-11-24T00:00:00.123Z'],
      ],
    ],
    ['select from kept where id = $1', [1]],
    [
      'insert into kept values (9, $1) on conflict (id) do update set name = excluded.name returning id, name',
      ['x'],
    ],
  ])('answers, the first time and prepared, as PGlite does: %s', async (text, parameters) => {
    const { rows, affectedRows = 0 } = await plain.query(text, [...parameters]);
    for (let time = 1; time <= 4; time += 1) {
      expect(await prepared.query(text, parameters)).toMatchObject({ rows, affectedRows });
    }
  });

  it('counts the rows that a statement changes', async () => {
    await plain.exec('delete from kept');
    for (let id = 1; id <= 4; id += 1) {
      const { affectedRows } = await prepared.query('insert into kept values ($1, $2)', [id, 'x']);
      expect(affectedRows).toBe(1);
    }
    expect(await prepared.query('update kept set name = $1', ['y'])).toMatchObject({ affectedRows: 4 });
    expect(await prepared.query('delete from kept')).toMatchObject({ affectedRows: 4 });
  });

  it('keeps what a transaction did when it commits, and nothing of one that throws, time after time', async () => {
    for (let id = 1; id <= 4; id += 1) {
      const insert = (): Promise<unknown> =>
        prepared.transaction((tx) => tx.query('insert into kept values ($1, $2)', [id, 'kept']));
      await insert();
      await expect(insert()).rejects.toMatchObject({ code: '23505', constraint: 'kept_pkey' });
      const undone = prepared.transaction(async (tx) => {
        await tx.query('insert into kept values ($1, $2)', [-id, 'undone']);
        throw new Error('changed its mind');
      });
      await expect(undone).rejects.toThrow('changed its mind');
      await expect(prepared.query('select nonsense', [])).rejects.toMatchObject({ code: '42703' });
    }
    const { rows } = await prepared.query('select id, name from kept order by id');
    expect(rows).toEqual([1, 2, 3, 4].map((id) => ({ id, name: 'kept' })));
  });

  it('lets statements wait for the transaction that is open, and come in the order in which they were asked', async () => {
    const order: string[] = [];
    const { promise: halfway, resolve: goOn } = Promise.withResolvers<void>();
    const transaction = prepared.transaction(async (tx) => {
      await tx.query("insert into kept values (5, 'open')");
      await halfway;
      order.push('transaction');
      throw new Error('undone');
    });
    const outside = prepared.query('select from kept where id = 5').then(({ rows }) => {
      order.push('statement');
      return rows;
    });
    goOn();
    await expect(transaction).rejects.toThrow('undone');
    expect(await outside).toEqual([]);
    expect(order).toEqual(['transaction', 'statement']);
  });

  it('refuses everything once it is closed, prepared or not', async () => {
    for (let time = 1; time <= 2; time += 1) await prepared.query('select 2 as two');
    await prepared.close();
    await expect(prepared.query('select 2 as two')).rejects.toThrow('PGlite is closed');
    await expect(prepared.query('select 3 as three')).rejects.toThrow('PGlite is closed');
  });
});
