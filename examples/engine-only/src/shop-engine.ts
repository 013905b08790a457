import {
  PostgresAlertLog,
  PostgresFailedItems,
  PostgresJobRegistry,
  PostgresOutbox,
  PostgresOutboxPartitions,
  PostgresRunLedger,
  PostgresStoreTime,
  type PostgresDatabase,
} from '@gamekeeper/adapters-postgres';
import type { Clock, EngineHealth, EventBus, Logger, ScheduledJob } from '@gamekeeper/core';
import {
  EventRelay,
  JobEngine,
  Outages,
  TimerScheduler,
  combineObservers,
  engineHealth,
  loggingObserver,
  outboxCheck,
  outboxLimits,
} from '@gamekeeper/core/engine';
import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import { shopJobs } from './shop-jobs.ts';
import type { Shop } from './shop.ts';

/** What the shop's engine works with. */
export interface ShopEnginePorts {
  readonly shop: Shop;
  /** Opened; it stays open when the engine stops. */
  readonly database: PostgresDatabase;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Names this process in the ledger; no two may share it. */
  readonly instanceId: string;
}

/** The shop's jobs on the engine: ledger, events and health in the shop's own database. */
export class ShopEngine {
  readonly engine: JobEngine;
  readonly #relay: EventRelay;
  readonly #health: () => Promise<EngineHealth>;

  constructor({ shop, database, bus, clock, logger, instanceId }: ShopEnginePorts) {
    const jobRegistry = new PostgresJobRegistry(database);
    const storeTime = new PostgresStoreTime(database);
    const partitions = new PostgresOutboxPartitions(database);
    const outages = new Outages({ clock, logger });
    const parser = new CronerScheduleParser();
    const jobs: readonly ScheduledJob[] = shopJobs(shop, new PostgresOutbox(database)).map((job) => ({
      job,
      schedule: parser.parse(job.schedule),
    }));
    const random = Math.random;
    this.engine = new JobEngine({
      jobs,
      instanceId,
      clock,
      ledger: new PostgresRunLedger(database),
      jobRegistry,
      storeTime,
      random,
      transactions: database,
      failedItems: new PostgresFailedItems(database),
      scheduler: new TimerScheduler(clock),
      observer: combineObservers([loggingObserver(logger)]),
      leaseMs: 30_000,
    });
    this.#relay = new EventRelay({
      partitions,
      bus,
      clock,
      logger,
      outages,
      instanceId,
      random,
      batchSize: 100,
      pollIntervalMs: 1_000,
    });
    const alertLog = new PostgresAlertLog(database);
    const checks = [outboxCheck(partitions, outboxLimits('outbox'))];
    this.#health = () => engineHealth({ jobRegistry, storeTime, clock, jobs, checks, outages, alertLog });
  }

  /** Makes the jobs known to the ledger, runs them at their ticks, and delivers events. */
  async start(): Promise<void> {
    await this.engine.register();
    this.engine.start();
    this.#relay.start();
  }

  /** Judges the jobs and the outbox from the database. */
  health(): Promise<EngineHealth> {
    return this.#health();
  }

  /** Stops the engine and releases running work. Returns whether everything had ended within ten seconds. */
  async stop(): Promise<boolean> {
    const ended = await Promise.all([this.engine.stop(10_000), this.#relay.stop(10_000)]);
    return ended.every(Boolean);
  }
}
