import { IntervalSchedule, MemoryDatabase, VirtualClock, memoryStore } from '@gamekeeper/testkit';
import type { Json } from '../src/engine/common/json.ts';
import type { EnginePorts } from '../src/engine/jobs/engine-ports.ts';
import { defineJob, type JobDefinition, type JobOptions } from '../src/engine/jobs/job-definition.ts';
import { JobEngine } from '../src/engine/jobs/job-engine.ts';
import { FINISHING_CHECKPOINT, type Claim } from '../src/engine/jobs/run-ledger.ts';
import {
  combineObservers,
  type AttemptReport,
  type RunObserver,
  type ShardReport,
} from '../src/engine/jobs/run-observer.ts';
import type { Run } from '../src/engine/jobs/run.ts';
import type { Shard, ShardClaim } from '../src/engine/jobs/shard-ledger.ts';
import { TimerScheduler } from '../src/engine/jobs/timer-scheduler.ts';
import { HOUR_MS, addMs, instant, type Instant } from '../src/engine/time/instant.ts';
import type { Schedule } from '../src/engine/time/schedule.ts';
import {
  StoreUnavailableError,
  type Transaction,
  type Transactions,
} from '../src/engine/transactions/transactions.ts';

export const start = instant('2026-11-24T00:00:00Z');
export const hour = (count: number): Instant => addMs(start, count * HOUR_MS);
export const leaseMs = 15_000;
export const gone = new StoreUnavailableError('the store', 'gone');

/** An hourly job named `sweep`, one store in memory, and whatever works on it; the ends of attempts are written down. */
export class EngineWorld {
  readonly clock = new VirtualClock(start);
  readonly store = memoryStore(this.clock);
  readonly runs: AttemptReport[] = [];
  readonly shards: ShardReport[] = [];
  /** What the engines said of their own trouble. */
  readonly troubles: unknown[] = [];
  readonly #observer: RunObserver = {
    runEnded: (report) => void this.runs.push(report),
    shardEnded: (report) => void this.shards.push(report),
    engineFailed: (_job, error) => void this.troubles.push(error),
  };

  /** Transactions that hold up nobody while their work waits, as those of a server do. */
  readonly besides: Transactions = { run: (work) => new MemoryDatabase(this.clock).run(work) };

  ports(changes: Partial<EnginePorts> = {}): EnginePorts {
    const observer = combineObservers([this.#observer]);
    return { ...this.store, clock: this.clock, observer, random: () => 0, leaseMs, ...changes };
  }

  job(options: Partial<JobOptions> = {}): JobDefinition {
    return defineJob({
      name: 'sweep',
      schedule: { cron: '0 * * * *' },
      retry: { maxAttempts: 1 },
      batch: async () => ({ processed: 1, next: null }),
      ...options,
    });
  }

  /** Returns an engine that has registered its job and has not been started. */
  async engine(
    instanceId: string,
    options: Partial<JobOptions> = {},
    {
      schedule = new IntervalSchedule(60),
      ...changes
    }: Partial<EnginePorts> & { readonly schedule?: Schedule } = {},
  ): Promise<JobEngine> {
    const jobs = [{ job: this.job(options), schedule }];
    const scheduler = new TimerScheduler(this.clock);
    const engine = new JobEngine({ ...this.ports(changes), jobs, instanceId, scheduler });
    await engine.register();
    return engine;
  }

  async claim(instanceId = 'other', tick = start): Promise<Claim> {
    const outcome = await this.store.ledger.claim({ job: 'sweep', tick, instanceId, leaseMs });
    if (outcome.kind !== 'claimed') throw new Error(`the run is ${outcome.kind}`);
    return outcome.claim;
  }

  /** Divides the run of a tick, as another instance does. */
  async divide(parts: readonly Json[], tick = start): Promise<void> {
    const claim = await this.claim('other', tick);
    await this.store.shardLedger.divide(claim, { parts, next: FINISHING_CHECKPOINT });
  }

  async claimShard(instanceId = 'one', tick = start): Promise<ShardClaim> {
    const outcome = await this.store.shardLedger.claim({ job: 'sweep', tick, instanceId, leaseMs });
    if (outcome.kind !== 'claimed') throw new Error(`the shards are ${outcome.kind}`);
    return outcome.claim;
  }

  /** Records items as failed. */
  recordFailed(items: readonly string[], tick = start): Promise<void> {
    return this.store.transactions.run(async (tx: Transaction) => {
      for (const item of items)
        await this.store.failedItems.record(tx, { job: 'sweep', tick, item, error: 'no' });
    });
  }

  async failed(tick = start): Promise<readonly string[]> {
    const failed = await this.store.failedItems.list({ job: 'sweep', tick }, { limit: 1_000 });
    return failed.map(({ item }) => item);
  }

  async run(tick = start): Promise<Run | undefined> {
    const runs = await this.store.ledger.runs('sweep', { limit: 100 });
    return runs.find((run) => run.tick === tick);
  }

  shardRows(tick = start): Promise<readonly Shard[]> {
    return this.store.shardLedger.list('sweep', tick);
  }
}
