import type { BenchStore } from '../lib/bench-store.ts';
import type { Scene } from './scene.ts';

const livesColumns = 'user_id, current_lives, next_regen_at';
const progressColumns = 'user_id, username, current_streak, longest_streak, last_quiz_at, streak_protections';

/** The same columns, indexes and free space per page as Gamekeeper's own tables: what mapping alone costs. */
export const ownShape: Scene = {
  name: 'two tables, in the shape of ours',
  create: async (own, game) => {
    await copyTable(own, 'lives', `${game}.lives`);
    // In a table of the host's, the maximum is that of the option.
    await own.query(`
      alter table ${game}.lives drop column full_lives, drop column max_lives,
        add column full_lives int generated always as (case when current_lives >= 5 then 5 end) stored
    `);
    await own.query(`create index on ${game}.lives (user_id) where full_lives is null`);
    await own.query(`create index on ${game}.lives (full_lives) where full_lives is not null`);
    await copyTable(own, 'player_progress', `${game}.progress`);
  },
  fill: async (own, game) => {
    await own.query(`truncate ${game}.lives, ${game}.progress`);
    await own.query(`
      insert into ${game}.lives (${livesColumns})
      select id::text, lives, next_life_at from {crowd} order by position
    `);
    await own.query(`
      insert into ${game}.progress (${progressColumns})
      select id::text, 'Player ' || position, streak, streak, last_quiz_at, protections from {crowd} order by position
    `);
    await own.query(`vacuum analyze ${game}.lives, ${game}.progress`);
  },
  mapping: (game) => ({
    lives: {
      table: `${game}.lives`,
      id: { column: 'user_id', type: 'text', collation: 'C' },
      columns: {
        currentLives: 'current_lives',
        lastRegenAt: 'last_regen_at',
        nextRegenAt: 'next_regen_at',
        fullLives: 'full_lives',
      },
    },
    progress: {
      table: `${game}.progress`,
      id: { column: 'user_id', type: 'text', collation: 'C' },
      columns: {
        username: 'username',
        xp: 'xp',
        xpUpdatedAt: 'xp_updated_at',
        currentStreak: 'current_streak',
        longestStreak: 'longest_streak',
        lastQuizAt: 'last_quiz_at',
        protections: 'streak_protections',
        evaluatedOn: 'streak_evaluated_on',
        lostStreak: 'lost_streak',
      },
    },
  }),
  changed: (game) => ({
    tables: `join ${game}.lives as their_lives on their_lives.user_id = crowd.id::text
      join ${game}.progress as theirs on theirs.user_id = crowd.id::text`,
    'life-regeneration':
      'their_lives.current_lives = crowd.lives + 1 and lives.current_lives = their_lives.current_lives',
    'streak-update': `theirs.current_streak = player.current_streak
      and theirs.streak_protections = player.streak_protections
      and theirs.streak_protections = greatest(crowd.protections - 1, 0)`,
  }),
};

/** Copies the definition of one of our tables, with the settings that `like` leaves out. */
async function copyTable(own: BenchStore, table: string, copy: string): Promise<void> {
  await own.query(`create table ${copy} (like {${table}} including all)`);
  const [settings] = await own.query<{ options: string | null }>(
    `select array_to_string(reloptions, ', ') as options from pg_class where oid = '{${table}}'::regclass`,
  );
  if (settings?.options) await own.query(`alter table ${copy} set (${settings.options})`);
}
