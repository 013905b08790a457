import type { Clock, Transaction } from '@gamekeeper/core';
import { endsWithin } from '@gamekeeper/core/engine';
import {
  readCourierItem,
  type ConsumedJob,
  type Consumption,
  type Courier,
  type CourierAbilities,
  type CourierItem,
} from '@gamekeeper/core/ports';
import type { JobInsert } from 'pg-boss';
import type { CheckedPgBossOptions, PgBossLike } from './pg-boss-options.ts';

type Handler = (item: CourierItem) => Promise<void>;

/** A job of pg-boss that is not handled in this time is given to another host. The ledger then says who works on it. */
const EXPIRE_SECONDS = 2 * 3_600;
/** Waiting items are worth nothing after this: the bell has sent them again. */
const RETENTION_SECONDS = 24 * 3_600;
const KEEP_DONE_SECONDS = 3_600;
const RETRIES = 10;
/** How much less often a host looks for work while it is notified of new work. */
const POLLS_WHILE_LISTENING = 2.5;
/** How long a stop waits, after its deadline, until the items that it gives back are recorded. Milliseconds. */
const GIVE_BACK_MS = 1_000;

/**
 * Carries work by pg-boss: a queue for each job, so that a host takes only what it knows. An item that waits is not
 * sent twice, by the queue's policy `short` and the key; one that is active or done may be sent again at any time.
 */
export class PgBossCourier implements Courier {
  readonly supports: CourierAbilities;
  readonly #boss: PgBossLike;
  readonly #clock: Clock;
  readonly #options: CheckedPgBossOptions;
  readonly #queues = new Map<string, Promise<string>>();

  constructor(boss: PgBossLike, options: CheckedPgBossOptions, clock: Clock) {
    this.#boss = boss;
    this.#clock = clock;
    this.#options = options;
    this.supports = {
      shared: true,
      joinsTransaction: options.joinTransaction !== null,
      delays: true,
      persistent: true,
      redelivers: true,
    };
  }

  async send(items: readonly CourierItem[], tx?: Transaction): Promise<void> {
    const { joinTransaction } = this.#options;
    const within = tx && joinTransaction ? { db: await joinTransaction(tx) } : {};
    for (const [job, its] of Map.groupBy(items, (item) => item.job)) {
      const queue = await this.#queue(job);
      const ids = await this.#boss.insert(queue, its.map(asJob), { ...within, returnId: true });
      // Some were waiting already, or the queue is gone, where pg-boss inserts nothing and says nothing.
      if ((ids?.length ?? 0) < its.length) this.#queues.delete(job);
    }
  }

  async consume(jobs: readonly ConsumedJob[], handle: Handler): Promise<Consumption> {
    const givenBack = Promise.withResolvers<never>();
    givenBack.promise.catch(() => undefined);
    const works: { readonly queue: string; readonly id: string }[] = [];
    const offWork = (): Promise<unknown> =>
      Promise.all(works.map(({ queue, id }) => this.#boss.offWork(queue, { id, wait: true })));
    try {
      for (const job of jobs)
        for (let worker = 0; worker < job.concurrency; worker += 1)
          works.push(await this.#work(job, { handle, givenBack: givenBack.promise }));
    } catch (error) {
      await offWork();
      throw error;
    }
    return {
      stop: async (deadlineMs) => {
        const ended = offWork().catch(() => undefined);
        if (await endsWithin(this.#clock, ended, deadlineMs)) return true;
        givenBack.reject(new Error('this host has stopped; another one takes the item'));
        await endsWithin(this.#clock, ended, GIVE_BACK_MS);
        return false;
      },
    };
  }

  /** As of pg-boss's latest count, which is up to a minute old. */
  async waiting(jobs: readonly string[]): Promise<number> {
    const queues = jobs.length > 0 ? await this.#boss.getQueues(jobs.map((job) => this.#nameOf(job))) : [];
    return queues.reduce((sum, { readyCount }) => sum + readyCount, 0);
  }

  /** Adds a worker that handles one item after the other. */
  async #work(
    { job }: ConsumedJob,
    { handle, givenBack }: { readonly handle: Handler; readonly givenBack: Promise<never> },
  ): Promise<{ readonly queue: string; readonly id: string }> {
    const queue = await this.#queue(job);
    const options = {
      pollingIntervalSeconds: this.#options.pollIntervalMs / 1_000,
      // Nobody is notified when a delayed item becomes due.
      notifyPollingIntervalSeconds: (POLLS_WHILE_LISTENING * this.#options.pollIntervalMs) / 1_000,
      heartbeatRefreshSeconds: this.#options.heartbeatSeconds / 3,
    };
    const id: string = await this.#boss.work<object>(queue, options, async (batch) => {
      const items = batch.map(({ data }) => readCourierItem(data)).filter((item) => item?.job === job);
      await Promise.race([Promise.all(items.map((item) => handle(item!))), givenBack]);
      // More may be waiting, of which nobody is notified again; by itself, it would pause before it looks.
      this.#boss.notifyWorker(id);
    });
    return { queue, id };
  }

  #nameOf(job: string): string {
    return `${this.#options.queuePrefix}-${job}`;
  }

  /** Returns the name of a job's queue, which exists then. */
  #queue(job: string): Promise<string> {
    const known = this.#queues.get(job);
    if (known) return known;
    const name = this.#nameOf(job);
    const created = this.#boss
      .createQueue(name, {
        policy: 'short',
        notify: true,
        retryLimit: RETRIES,
        retryDelay: 1,
        expireInSeconds: EXPIRE_SECONDS,
        retentionSeconds: RETENTION_SECONDS,
        deleteAfterSeconds: KEEP_DONE_SECONDS,
        heartbeatSeconds: this.#options.heartbeatSeconds,
      })
      .then(() => name);
    this.#queues.set(job, created);
    created.catch(() => this.#queues.delete(job));
    return created;
  }
}

function asJob(item: CourierItem): JobInsert {
  const { key, notBefore } = item;
  // Without an instant, what is due is delivered at once, whatever the clocks of the servers say.
  const isDue = notBefore <= Date.now();
  return { data: item, singletonKey: key, ...(!isDue && { startAfter: new Date(notBefore).toISOString() }) };
}
