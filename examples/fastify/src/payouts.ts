import type { LeaderboardReset, Leaderboards } from '@gamekeeper/core';
import type { Pool } from 'pg';

/** The coins of the first, second and third place. */
const prizes = [300, 200, 100];

/**
 * Pays the best three of a week. The event of a reset may come twice, also to two instances at once, so what was paid
 * is written down with the event's key: one statement pays, or finds that it was paid.
 */
export class Payouts {
  readonly #pool: Pool;
  readonly #leaderboards: () => Leaderboards;

  constructor(pool: Pool, leaderboards: () => Leaderboards) {
    this.#pool = pool;
    this.#leaderboards = leaderboards;
  }

  /** Creates the tables of the shop; its migrations would do that. */
  async prepare(): Promise<void> {
    await this.#pool.query(`
      create table if not exists wallets (player text primary key, coins bigint not null);
      create table if not exists payouts (
        event_key text, place int, player text not null, coins bigint not null,
        primary key (event_key, place)
      )`);
  }

  /** Handles the event of a reset. If it throws, the event comes again. */
  async pay({ key, payload: { board, period } }: LeaderboardReset): Promise<void> {
    if (board !== 'weekly') return;
    const { standings } = await this.#leaderboards().top(board, { period, limit: prizes.length });
    const winners = standings.filter(({ score }) => score > 0);
    await this.#pool.query(
      `with paid as (
         insert into payouts (event_key, place, player, coins)
         select $1, place, player, coins
         from unnest($2::text[], $3::bigint[]) with ordinality as winner (player, coins, place)
         on conflict do nothing
         returning player, coins
       )
       insert into wallets as wallet (player, coins) select player, coins from paid order by player
       on conflict (player) do update set coins = wallet.coins + excluded.coins`,
      [key, winners.map(({ userId }) => userId), winners.map((_, place) => prizes[place])],
    );
  }

  async coinsOf(player: string): Promise<number> {
    const { rows } = await this.#pool.query<{ coins: string }>(
      'select coins from wallets where player = $1',
      [player],
    );
    return Number(rows[0]?.coins ?? 0);
  }
}
