import { entityManagerOf, type PostgresDatabase } from '@gamekeeper/adapters-postgres';
import { iso, type Instant, type Transaction } from '@gamekeeper/core';
import type { SqlEntityManager } from '@mikro-orm/sql';

/** The tables of the shop, beside those of the engine in the same database. */
const SCHEMA = [
  'create schema if not exists shop',
  'create table if not exists shop.articles (article text primary key, stock integer not null)',
  `create table if not exists shop.carts (
    cart text primary key,
    article text not null references shop.articles,
    quantity integer not null,
    reserved_at timestamptz not null
  )`,
  'create table if not exists shop.orders (id text primary key, cents integer not null, paid_at timestamptz not null)',
  'create table if not exists shop.daily_sales (day_end timestamptz primary key, cents bigint not null)',
];

/** What a cart held when it was emptied. */
export interface EmptiedCart {
  readonly cart: string;
  readonly article: string;
  readonly quantity: number;
}

/** A small shop: carts reserve articles for half an hour, and each day's sales are added up. */
export class Shop {
  readonly #database: PostgresDatabase;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  /** Makes the tables. */
  async open(): Promise<void> {
    for (const statement of SCHEMA) await this.#run(statement);
  }

  async stockUp(article: string, stock: number): Promise<void> {
    await this.#run('insert into shop.articles values (?, ?)', [article, stock]);
  }

  /** Reserves an article for a cart. */
  async reserve(cart: string, article: string, quantity: number, at: Instant): Promise<void> {
    await this.#run('update shop.articles set stock = stock - ? where article = ?', [quantity, article]);
    await this.#run('insert into shop.carts values (?, ?, ?, ?)', [cart, article, quantity, iso(at)]);
  }

  async pay(id: string, cents: number, at: Instant): Promise<void> {
    await this.#run('insert into shop.orders values (?, ?, ?)', [id, cents, iso(at)]);
  }

  async stock(article: string): Promise<number> {
    const rows = await this.#run<{ stock: number }>('select stock from shop.articles where article = ?', [
      article,
    ]);
    return rows[0]?.stock ?? 0;
  }

  /** Returns the sales of all days that were added up, the newest first. */
  async sales(): Promise<readonly number[]> {
    const rows = await this.#run<{ cents: string }>(
      'select cents::text as cents from shop.daily_sales order by day_end desc',
    );
    return rows.map(({ cents }) => Number(cents));
  }

  /** Puts back what carts reserved before an instant, oldest first and at most `limit` of them. */
  async emptyCarts(tx: Transaction, before: Instant, limit: number): Promise<readonly EmptiedCart[]> {
    const em = await managerOf(tx);
    return em.execute<EmptiedCart[]>(
      `
        with emptied as (
          delete from shop.carts where cart in (
            select cart from shop.carts where reserved_at <= ? order by reserved_at, cart limit ? for update skip locked
          )
          returning cart, article, quantity
        ), put_back as (
          update shop.articles as articles set stock = stock + back.quantity
          from (select article, sum(quantity)::integer as quantity from emptied group by article) as back
          where articles.article = back.article
        )
        select cart, article, quantity from emptied order by cart
      `,
      [iso(before), limit],
    );
  }

  /** Adds up what was paid in `[from, to)`. */
  async addUp(tx: Transaction, from: Instant, to: Instant): Promise<void> {
    const em = await managerOf(tx);
    await em.execute(
      `
        insert into shop.daily_sales (day_end, cents)
        select ?::timestamptz, coalesce(sum(cents), 0) from shop.orders where paid_at >= ? and paid_at < ?
        on conflict (day_end) do update set cents = excluded.cents
      `,
      [iso(to), iso(from), iso(to)],
    );
  }

  #run<Row>(statement: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.#database.orm.em.fork().execute<Row[]>(statement, [...values]);
  }
}

/** The connection of a batch's transaction. */
async function managerOf(tx: Transaction): Promise<SqlEntityManager> {
  return (await entityManagerOf(tx)) as SqlEntityManager;
}
