import type { LivesMapping, ProgressMapping, TableMapping } from '@gamekeeper/adapters-postgres';
import type { BenchStore } from '../lib/bench-store.ts';
import type { Scene } from './scene.ts';

/** Lives and progress in one table of the host's, with UUIDs and a version that every update increases. */
interface OneTable {
  /** Further columns of the table, with their values. */
  readonly further: string;
  /** Whether the table has the helper columns and indexes that `gamekeeper check` offers. */
  readonly isHelped: boolean;
}

/** Returns a scene with lives and progress in one table. */
export function oneTable(name: string, table: OneTable): Scene {
  const players = (game: string): string => `${game}.players`;
  return {
    name: `one table, ${name}`,
    create: (own, game) => createPlayers(own, players(game), table),
    fill: (own, game) => fillHosts(own, players(game), table),
    mapping: (game) => mappingOf(players(game), table),
    changed: (game) => ({
      tables: `join ${players(game)} as theirs using (id)`,
      'life-regeneration':
        'theirs.version = 2 and theirs.lives = crowd.lives + 1 and lives.current_lives = theirs.lives',
      'streak-update': `theirs.version = 2 and theirs.streak = player.current_streak
        and theirs.protections = player.streak_protections and theirs.protections = greatest(crowd.protections - 1, 0)`,
    }),
  };
}

async function createPlayers(own: BenchStore, hosts: string, { further, isHelped }: OneTable): Promise<void> {
  await own.query(`
    create table ${hosts} with (fillfactor = 45) as
    select id, lives::int, null::timestamptz(3) as last_life_at, next_life_at::timestamptz(3), 'Player ' || position as name,
      0::bigint as xp, streak::int, streak::int as best, last_quiz_at::timestamptz(3), protections::int, 1 as version
      ${further}
    from {crowd} limit 0
  `);
  await own.query(`
    alter table ${hosts} add primary key (id), alter lives set not null, alter name set not null, alter xp set not null,
      alter streak set not null, alter best set not null, alter protections set not null, alter version set not null
  `);
  if (!isHelped) return;
  await own.query(`
    alter table ${hosts} add full_lives int generated always as (case when lives >= 5 then 5 end) stored,
      add judged_on date, add lost_streak int
  `);
  await own.query(`create index on ${hosts} (id) where full_lives is null`);
  await own.query(`create index on ${hosts} (full_lives) where full_lives is not null`);
  await own.query(`create index on ${hosts} (last_quiz_at) where streak > 0`);
}

function mappingOf(
  hosts: string,
  { isHelped }: OneTable,
): { readonly lives: LivesMapping; readonly progress: ProgressMapping } {
  const players: TableMapping = {
    table: hosts,
    id: { column: 'id', type: 'uuid' },
    touch: { version: 'increment' },
    hostCreatesRows: true,
  };
  return {
    lives: {
      ...players,
      columns: {
        currentLives: 'lives',
        lastRegenAt: 'last_life_at',
        nextRegenAt: 'next_life_at',
        ...(isHelped && { fullLives: 'full_lives' }),
      },
    },
    progress: {
      ...players,
      columns: {
        username: 'name',
        xp: 'xp',
        currentStreak: 'streak',
        longestStreak: 'best',
        lastQuizAt: 'last_quiz_at',
        protections: 'protections',
        ...(isHelped && { evaluatedOn: 'judged_on', lostStreak: 'lost_streak' }),
      },
    },
  };
}

async function fillHosts(own: BenchStore, hosts: string, { further }: OneTable): Promise<void> {
  await own.query(`truncate ${hosts}`);
  await own.query(`
    insert into ${hosts} (id, lives, next_life_at, name, xp, streak, best, last_quiz_at, protections, version
      ${further === '' ? '' : ', profile'})
    select id, lives, next_life_at, 'Player ' || position, 0, streak, streak, last_quiz_at, protections, 1 ${further}
    from {crowd} order by position
  `);
  await own.query(`vacuum analyze ${hosts}`);
}
