import {
  Gameplay,
  PlayerLives,
  PlayerStreaks,
  defaultLeaderboardRules,
  defaultLivesRules,
  defaultSessionRules,
  defaultStreakRules,
  instant,
  addMs,
  silentLogger,
  type Board,
  type Instant,
  type Json,
  type Transaction,
} from '@gamekeeper/core';
import { type BoundedPeriod } from '@gamekeeper/core/ports';
import { RecordRefresher, recordedTicks } from '@gamekeeper/core/engine';
import { boundedPeriodAt, defineBoards } from '@gamekeeper/core/game';
import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import { VirtualClock } from '@gamekeeper/testkit';
import { IsolationLevel } from '@mikro-orm/core';
import { MikroORM, type EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { setTimeout as pause } from 'node:timers/promises';
import { isTransactionConflict, postgresTransaction } from '../../src/index.ts';
import { PostgresHarness } from '../postgres-harness.ts';

/** What a host may open its transactions with. */
export const levels: readonly IsolationLevel[] = [
  IsolationLevel.READ_COMMITTED,
  IsolationLevel.REPEATABLE_READ,
  IsolationLevel.SERIALIZABLE,
];

/** Those in which a transaction keeps seeing what it saw first. */
export const snapshotLevels: readonly IsolationLevel[] = levels.slice(1);

/** A Monday, and the tick of every job that the game has. */
export const monday: Instant = instant('2026-11-23T00:00:00Z');

export const nightly = '0 0 * * *';

/** The most that a host repeats a transaction in these tests, where many fight about few rows. */
const MOST_TRIES = 200;

export const boards: readonly Board[] = defineBoards([
  { key: 'global', period: 'all' },
  { key: 'weekly', period: 'week' },
]);
export const weekly: Board = boards[1]!;

/** The week that ends at {@link monday}, or some weeks after it. */
export function week(weeksOn = 0): BoundedPeriod {
  return boundedPeriodAt(weekly, addMs(monday, (weeksOn - 1) * 7 * 86_400_000))!;
}

type Store = Awaited<ReturnType<PostgresHarness['empty']>>;

/** A host with a MikroORM of its own, on a server that others use as well. */
export class HostsGame {
  readonly orm: MikroORM;
  readonly harness: PostgresHarness;
  readonly clock = new VirtualClock(monday);
  #store: Store | undefined;

  constructor(url: string, schema: string) {
    this.orm = new MikroORM({
      entities: [],
      clientUrl: url,
      dbName: url.slice(url.lastIndexOf('/') + 1),
      discovery: { warnWhenNoEntities: false },
      pool: { min: 0, max: 12 },
    });
    this.harness = new PostgresHarness({ orm: this.orm, schema });
  }

  async open(): Promise<void> {
    await this.harness.database.open();
  }

  async close(): Promise<void> {
    await this.harness.database.dropSchema();
    await this.harness.database.close();
    await this.orm.close();
  }

  async begin(): Promise<void> {
    this.#store = await this.harness.empty();
    this.clock.jumpTo(addMs(monday, 1_000));
  }

  get store(): Store {
    return this.#store!;
  }

  get lives(): PlayerLives {
    const { lives, transactions } = this.store;
    return new PlayerLives({
      lives,
      transactions,
      clock: this.clock,
      rules: defaultLivesRules,
      ...this.#ticksOf('life-regeneration'),
    });
  }

  get streaks(): PlayerStreaks {
    const { streaks, transactions } = this.store;
    return new PlayerStreaks({
      streaks,
      transactions,
      clock: this.clock,
      rules: defaultStreakRules,
      ...this.#ticksOf('streak-update'),
    });
  }

  /** The tick of every night, also where no instance has registered the job. */
  #ticksOf(job: string) {
    const refresh = new RecordRefresher(this.clock, async () => undefined);
    const ticks = recordedTicks(job, this.store.jobRegistry, refresh);
    return { schedule: new CronerScheduleParser().parse({ cron: nightly }), ticks };
  }

  get gameplay(): Gameplay {
    const { store, clock, lives, streaks } = this;
    return new Gameplay({
      ...store,
      clock,
      lives,
      streaks,
      boards,
      logger: silentLogger,
      rules: {
        sessions: defaultSessionRules,
        streaks: defaultStreakRules,
        leaderboards: { ...defaultLeaderboardRules, maxAwardAgeDays: 1_000 },
      },
      newId: () => crypto.randomUUID(),
    });
  }

  /** One try of a transaction of the host's, which has its snapshot before the work begins. */
  transaction<Result>(
    isolationLevel: IsolationLevel,
    work: (tx: Transaction, em: EntityManager) => Promise<Result>,
  ): Promise<Result> {
    return this.orm.em.fork().transactional(
      async (em) => {
        await sql`select from ${this.harness.database.tables.periods} limit 1`.execute(em.getKysely());
        return work(postgresTransaction(em), em);
      },
      { isolationLevel },
    );
  }

  /** A transaction that the host repeats while it conflicts, and at last undoes where it is told so. */
  async repeated<Result>(
    { level, undo = false }: { readonly level: IsolationLevel; readonly undo?: boolean },
    work: (tx: Transaction) => Promise<Result>,
  ): Promise<Result | null> {
    const undone = new Error('rolled back by the host');
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.transaction(level, async (tx) => {
          const result = await work(tx);
          if (undo) throw undone;
          return result;
        });
      } catch (error) {
        if (error === undone) return null;
        if (tries === MOST_TRIES || !isTransactionConflict(error)) throw error;
        await pause(Math.random() * 10);
      }
    }
  }

  /** Does a batch of a job until there is no next one, and again what a lock kept it from. */
  async batches(batch: (tx: Transaction, after: Json) => Promise<{ readonly next: Json }>): Promise<void> {
    for (let after: Json = null; ;) {
      try {
        const place: Json = after;
        ({ next: after } = await this.store.transactions.run((tx) => batch(tx, place)));
        if (after === null) return;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ROW_LOCKED')) throw error;
      }
    }
  }

  /** The whole reset of the week that ends at {@link monday}, as its job does it. */
  async reset(limit = 2): Promise<void> {
    const { periods, periodResets } = this.store;
    const at = { board: weekly, period: week() };
    await this.batches(async (tx) => {
      await periods.open(tx, weekly, week().startsAt);
      await periodResets.seal(tx, at, monday);
      return { next: null };
    });
    await this.batches((tx, after) => periodResets.archive(tx, { ...at, after, limit }));
    await this.carryOver(limit);
    await this.batches((tx, after) => periodResets.clear(tx, { ...at, after, limit }));
    await this.store.transactions.run((tx) => periodResets.finish(tx, at, monday));
  }

  async carryOver(limit = 2): Promise<void> {
    const { periods, periodResets } = this.store;
    await this.batches(async (tx) => {
      await periods.open(tx, weekly, monday);
      return { next: null };
    });
    const over = { board: weekly, period: week(), to: week(1), limit };
    await this.batches((tx, after) => periodResets.carryOver(tx, { ...over, after }));
  }
}
