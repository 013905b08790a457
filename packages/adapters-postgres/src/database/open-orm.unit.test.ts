import { afterEach, describe, expect, it, vi } from 'vitest';
import { PostgresDatabase } from './postgres-database.ts';

describe('a driver that is not installed', () => {
  afterEach(() => {
    vi.doUnmock('@mikro-orm/postgresql');
    vi.doUnmock('@mikro-orm/pglite');
  });

  it.each([
    ['@mikro-orm/postgresql', { url: 'postgres://keeper@localhost:1/game' }],
    ['@mikro-orm/pglite', { memory: true }],
  ] as const)('is named: %s', async (name, options) => {
    const failure = new Error(`Cannot find package '${name}'`);
    vi.doMock(name, () => {
      throw failure;
    });
    const opening = new PostgresDatabase(options).open();
    await expect(opening).rejects.toMatchObject({ code: 'MISSING_DRIVER' });
    await expect(opening).rejects.toThrow(`The package ${name} could not be loaded; install it`);
  });
});
