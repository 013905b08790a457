import { addMs, type Instant } from '../time/instant.ts';
import { latestTick } from '../time/schedule.ts';
import { endsWithin, sleep } from '../time/clock.ts';
import { InvalidOptionError } from '../common/errors.ts';
import type { AbortSignalLike } from '../time/abort.ts';
import type { Transaction } from '../transactions/transactions.ts';
import { backoffMs } from './backoff.ts';
import { Bell } from './bell.ts';
import { courierItem, type Consumption, type Courier, type CourierItem } from './courier.ts';
import { dueWork, type DueItem, type DueWorkPorts } from './due-work.ts';
import type { EnginePorts } from './engine-ports.ts';
import type { JobWorker } from './job-worker.ts';
import type { Claim } from './run-ledger.ts';
import type { Scheduler, Wakeup } from './scheduler.ts';

/** What an instance does with a courier: it sends what is due, works on what is delivered, or both. */
export type CourierRole = 'both' | 'send' | 'work';

/** The default of `engine.bellMs`. With the default lease, a killed worker's run is taken over within 30 s. */
export const DEFAULT_BELL_MS = 15_000;

/** For how many intervals of the bell something must be due before a host that also works takes it itself. */
const UNTOUCHED_INTERVALS = 2;

const MOST_TO_GIVE_BACK_MS = 1_000;

const CONSUME_AGAIN = { initialDelayMs: 500, maxDelayMs: 15_000 };

/** Sends due ticks and shards by the courier, and hands what it delivers to the workers of their jobs. */
export class Dispatch {
  readonly #courier: Courier;
  readonly #role: CourierRole;
  readonly #scheduler: Scheduler;
  readonly #ports: EnginePorts;
  readonly #duePorts: DueWorkPorts;
  readonly #stopping: AbortSignalLike;
  readonly #refresh: () => Promise<void>;
  readonly #workers: ReadonlyMap<string, JobWorker>;
  readonly #wakeups = new Map<string, Wakeup>();
  readonly #bell: Bell;
  /** How long something must be due before this host takes it itself. */
  readonly #patienceMs: number;
  /** Since when the bell has found each of them due, each time it rang. */
  readonly #dueSince = new Map<string, Instant>();
  #started = false;
  #consuming: Promise<Consumption | undefined> | undefined;
  #isFailing = false;

  constructor({
    courier,
    role,
    bellMs,
    scheduler,
    workers,
    ports,
    stopping,
    refresh,
  }: {
    readonly courier: Courier;
    readonly role: CourierRole;
    /** The longest time between two rings of the bell. Milliseconds. */
    readonly bellMs: number;
    readonly scheduler: Scheduler;
    /** By the names of their jobs; may be filled later, before the start. */
    readonly workers: ReadonlyMap<string, JobWorker>;
    readonly ports: EnginePorts;
    readonly stopping: AbortSignalLike;
    /** Reads the recorded schedules. */
    readonly refresh: () => Promise<void>;
  }) {
    this.#courier = courier;
    this.#role = role;
    this.#scheduler = scheduler;
    this.#workers = workers;
    this.#ports = ports;
    if (courier.supports.shared && !ports.runOverview)
      throw new InvalidOptionError(
        'runOverview',
        undefined,
        'must be given if a shared courier carries the work',
      );
    this.#duePorts = ports as DueWorkPorts;
    this.#stopping = stopping;
    this.#refresh = refresh;
    this.#patienceMs = UNTOUCHED_INTERVALS * bellMs;
    const { clock, random } = ports;
    this.#bell = new Bell({ clock, random, intervalMs: bellMs, onRing: () => this.#ring() });
  }

  /** Begins to send and to work, with what is due already. */
  start(): void {
    this.#started = true;
    if (this.#role !== 'send') this.#consuming = this.#consume();
    if (this.#role !== 'work') this.#workers.forEach((worker) => this.#follow(worker));
    if (!this.#courier.supports.shared) this.#workers.forEach((worker) => void worker.wake());
    else if (this.#role !== 'work') void this.#bell.ring();
  }

  /** Follows the schedule of a job whose ticks have changed. */
  follow(worker: JobWorker): void {
    if (!this.#started || this.#stopping.aborted || this.#role === 'work') return;
    this.#follow(worker);
    this.look(worker);
  }

  /** Looks at once whether a job has something due. */
  look(worker: JobWorker): void {
    if (!this.#started) return;
    if (!this.#courier.supports.shared) void worker.wake();
    else if (this.#role !== 'work') void this.#bell.ring();
  }

  /** Sends shards of a run, in the transaction if there is one; otherwise it does not throw. */
  async sendShards(
    { job, tick }: Pick<Claim, 'job' | 'tick'>,
    { indexes, count }: { readonly indexes: readonly number[]; readonly count: number },
    tx?: Transaction,
  ): Promise<void> {
    const items = indexes.map((index) => courierItem({ job, tick, shard: { index, count } }));
    if (tx) await this.#courier.send(items, tx);
    else await this.#send(items);
  }

  /** Cancels what would send. Returns whether the items in progress had ended, or were given back, in time. */
  async stop(deadlineMs: number): Promise<boolean> {
    this.#wakeups.forEach((wakeup) => wakeup.cancel());
    const { clock } = this.#ports;
    const startedAt = clock.now();
    const leftMs = (): number => Math.max(0, deadlineMs - (clock.now() - startedAt));
    // What has not ended by then is given back in the time that is left.
    const giveBackMs = this.#courier.supports.shared ? Math.min(MOST_TO_GIVE_BACK_MS, deadlineMs / 5) : 0;
    const consumption = this.#consuming
      ?.then((consuming) => consuming?.stop(Math.max(0, leftMs() - giveBackMs)) ?? true)
      .catch(() => false);
    const [isSilent, hasEnded] = await Promise.all([
      endsWithin(clock, this.#bell.stop(), deadlineMs),
      // A courier that does not return must not keep the host.
      consumption ? resultWithin(consumption, (work) => endsWithin(clock, work, deadlineMs)) : true,
    ]);
    return isSilent && hasEnded;
  }

  #follow(worker: JobWorker): void {
    const { name } = worker.job;
    this.#wakeups.get(name)?.cancel();
    this.#wakeups.set(
      name,
      this.#scheduler.onTick(worker.schedule, () => void this.#sendTick(worker)),
    );
  }

  async #sendTick({ job, schedule }: JobWorker): Promise<void> {
    const now = this.#ports.clock.now();
    const tick = latestTick(schedule, now) ?? now;
    await this.#send([courierItem({ job: job.name, tick, notBefore: addMs(tick, job.delayMs) })]);
  }

  async #send(items: readonly CourierItem[]): Promise<void> {
    if (items.length === 0) return;
    try {
      await this.#courier.send(items);
      this.#recovered();
    } catch (error) {
      this.#failed(error);
    }
  }

  async #ring(): Promise<{ readonly againInMs: number }> {
    try {
      await this.#refresh();
      const { items, againInMs } = await dueWork([...this.#workers.values()], this.#duePorts);
      await this.#send(items.map(({ item }) => item));
      this.#takeUntouched(items);
      return { againInMs };
    } catch (error) {
      this.#failed(error);
      return { againInMs: Infinity };
    }
  }

  /** Without this, nothing would run while the courier is away, although there are hosts to work. */
  #takeUntouched(items: readonly DueItem[]): void {
    if (this.#role !== 'both') return;
    const now = this.#ports.clock.now();
    const due = new Set(items.map(({ waitsFor }) => waitsFor));
    for (const one of this.#dueSince.keys()) if (!due.has(one)) this.#dueSince.delete(one);
    for (const { item, waitsFor } of items) {
      const since = this.#dueSince.get(waitsFor) ?? now;
      this.#dueSince.set(waitsFor, since);
      const worker = this.#workers.get(item.job);
      if (now - since < this.#patienceMs || !worker || (item.shard && !worker.hasRoomForShard)) continue;
      void this.#work(worker, item).catch(() => undefined);
    }
  }

  async #consume(): Promise<Consumption | undefined> {
    const { clock, shardConcurrency = 1, random } = this.#ports;
    const jobs = [...this.#workers.values()].map(({ job }) => ({
      job: job.name,
      concurrency: job.maxShards > 1 ? shardConcurrency : 1,
    }));
    for (let attempt = 1; !this.#stopping.aborted; attempt += 1) {
      try {
        return await this.#courier.consume(jobs, (item) => this.#handle(item));
      } catch (error) {
        this.#failed(error);
        await sleep(clock, backoffMs(CONSUME_AGAIN, attempt + 1, random()), this.#stopping);
      }
    }
    return undefined;
  }

  async #handle(item: CourierItem): Promise<void> {
    const worker = this.#workers.get(item.job);
    if (!worker) return;
    await this.#work(worker, item);
    if (this.#stopping.aborted) throw new Error(`this host stops, and gives ${item.key} back to the courier`);
  }

  async #work(worker: JobWorker, { tick, shard }: CourierItem): Promise<void> {
    if (shard) await worker.workOnShard(tick, shard.index);
    else await worker.wake();
  }

  #failed(error: unknown): void {
    this.#isFailing = true;
    this.#ports.observer.courierFailed(error);
  }

  #recovered(): void {
    if (!this.#isFailing) return;
    this.#isFailing = false;
    this.#ports.observer.courierRecovered();
  }
}

async function resultWithin(
  work: Promise<boolean>,
  endsInTime: (work: Promise<unknown>) => Promise<boolean>,
): Promise<boolean> {
  return (await endsInTime(work)) && (await work);
}
