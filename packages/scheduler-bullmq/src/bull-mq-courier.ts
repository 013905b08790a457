import type { Clock } from '@gamekeeper/core';
import { endsWithin } from '@gamekeeper/core/engine';
import {
  readCourierItem,
  type ConsumedJob,
  type Consumption,
  type Courier,
  type CourierAbilities,
  type CourierItem,
} from '@gamekeeper/core/ports';
import { Queue, Worker, type Job, type JobsOptions } from 'bullmq';
import type { BullMqConnections } from './bull-mq-connections.ts';

type Handler = (item: CourierItem) => Promise<void>;

/** How long a host may be silent before its items are given to another, and how often that is looked for. Milliseconds. */
const LOCK_MS = 10_000;
const STALLED_LOOK_MS = 5_000;
/** A host that dies in the middle of an item costs one of these, a handler that throws one of the attempts. */
const RETRIES = 10;
const RETRY_MS = 1_000;
const SEND_TIMEOUT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 1_000;
/** BullMQ writes a stream of what happens in each queue, which nobody here reads. */
const EVENTS_KEPT = 100;

/**
 * Carries work by BullMQ: a queue for each job, so that a host takes only what it knows. The id of an item is its key,
 * which BullMQ knows as long as the item waits or is in progress: nothing is kept after that, so that it can be sent
 * again.
 */
export class BullMqCourier implements Courier {
  readonly supports: CourierAbilities = {
    shared: true,
    joinsTransaction: false,
    delays: true,
    persistent: true,
    redelivers: true,
  };
  readonly #connections: () => BullMqConnections;
  readonly #keyPrefix: string;
  readonly #onError: (error: Error) => void;
  readonly #clock: Clock;
  readonly #queues = new Map<string, Queue>();

  /**
   * @param parts.connections returns the connections, once they are open
   * @param parts.onError is called with errors of the background
   */
  constructor({
    connections,
    keyPrefix,
    onError,
    clock,
  }: {
    readonly connections: () => BullMqConnections;
    readonly keyPrefix: string;
    readonly onError: (error: Error) => void;
    readonly clock: Clock;
  }) {
    this.#clock = clock;
    this.#connections = connections;
    this.#keyPrefix = keyPrefix;
    this.#onError = onError;
  }

  async send(items: readonly CourierItem[]): Promise<void> {
    const byJob = Map.groupBy(items, ({ job }) => job);
    const sent = Promise.all(
      [...byJob].map(([job, its]) =>
        this.#queue(job).addBulk(its.map((data) => ({ name: job, data, opts: optionsOf(data) }))),
      ),
    );
    sent.catch(() => undefined);
    // BullMQ waits for a Redis that has never answered.
    if (await endsWithin(this.#clock, sent, SEND_TIMEOUT_MS)) return;
    throw new Error(`Redis has not answered within ${SEND_TIMEOUT_MS / 1_000} s`);
  }

  async consume(jobs: readonly ConsumedJob[], handle: Handler): Promise<Consumption> {
    const givenBack = Promise.withResolvers<never>();
    givenBack.promise.catch(() => undefined);
    const inProgress = new Set<Promise<void>>();
    const process: Handler = async (item) => {
      const handled = Promise.race([handle(item), givenBack.promise]);
      inProgress.add(handled);
      await handled.finally(() => inProgress.delete(handled));
    };
    const workers = jobs.map((job) => this.#worker(job, process));
    return {
      stop: async (deadlineMs) => {
        // Without Redis, BullMQ would wait for it for ever unless it is forced.
        const isAway = this.#connections().working.status !== 'ready';
        const closed = Promise.allSettled(workers.map((worker) => worker.close(isAway)));
        const inTime = await endsWithin(this.#clock, allEnded(inProgress), deadlineMs);
        if (!inTime) givenBack.reject(new Error('this host has stopped; another one takes the item'));
        // What has ended is recorded now.
        await endsWithin(this.#clock, closed, CLOSE_TIMEOUT_MS);
        return inTime;
      },
    };
  }

  async waiting(jobs: readonly string[]): Promise<number> {
    const counts = await Promise.all(
      jobs.map((job) => this.#queue(job).getJobCountByTypes('waiting', 'delayed')),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** Ends what was opened for sending. */
  async close(): Promise<void> {
    const queues = [...this.#queues.values()];
    this.#queues.clear();
    await endsWithin(this.#clock, Promise.allSettled(queues.map((queue) => queue.close())), CLOSE_TIMEOUT_MS);
  }

  #worker({ job, concurrency }: ConsumedJob, handle: Handler): Worker {
    const process = async ({ data }: Job<unknown>): Promise<void> => {
      const item = readCourierItem(data);
      if (item?.job === job) await handle(item);
    };
    const worker = new Worker<unknown, void>(job, process, {
      connection: this.#connections().working,
      prefix: this.#keyPrefix,
      concurrency,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_LOOK_MS,
      maxStalledCount: RETRIES,
      // When Redis is back, work must not wait for long.
      runRetryDelay: RETRY_MS,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    });
    worker.on('error', this.#onError);
    return worker;
  }

  #queue(job: string): Queue {
    const known = this.#queues.get(job);
    if (known) return known;
    const queue = new Queue(job, {
      connection: this.#connections().sending,
      prefix: this.#keyPrefix,
      streams: { events: { maxLen: EVENTS_KEPT } },
    });
    queue.on('error', this.#onError);
    this.#queues.set(job, queue);
    return queue;
  }
}

async function allEnded(inProgress: ReadonlySet<Promise<unknown>>): Promise<void> {
  while (inProgress.size > 0) await Promise.allSettled(inProgress);
}

function optionsOf({ key, notBefore }: CourierItem): JobsOptions {
  return {
    jobId: key,
    // A hint: the clocks of hosts differ, and the ledger decides.
    delay: Math.max(0, notBefore - Date.now()),
    attempts: RETRIES,
    backoff: { type: 'fixed', delay: RETRY_MS },
    removeOnComplete: true,
    removeOnFail: true,
  };
}
