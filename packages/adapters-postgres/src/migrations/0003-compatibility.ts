import type { Migration } from './migration.ts';

/** Tells older code whether it can use a schema with newer migrations. */
export const compatibility: Migration = {
  name: '0003-compatibility',
  statements: [
    `create table schema_compatibility (
      single_row boolean primary key default true check (single_row),
      -- Grows with each migration that older code cannot work with.
      level int not null,
      oldest_release text not null
    )`,
  ],
};
