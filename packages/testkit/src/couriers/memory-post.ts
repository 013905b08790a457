import { InvalidOptionError, SECOND_MS, addMs, maxInstant, type Clock, type Instant } from '@gamekeeper/core';
import {
  assertKnownOptions,
  endsWithin,
  givenClock,
  givenFunction,
  wholeNumber,
} from '@gamekeeper/core/engine';
import type {
  ConsumedJob,
  Consumption,
  Courier,
  CourierAbilities,
  CourierItem,
} from '@gamekeeper/core/ports';

/** What a {@link MemoryPost} does to items. Shares are numbers from 0 to 1; all are 0 by default. */
export interface PostFaults {
  /** The share of items that are lost, but no key more than twice in a row. */
  readonly loses: number;
  /** The share of items that are delivered twice. */
  readonly doubles: number;
  /** The share of items that are delivered later, and so in another order: by up to `maxDelayMs`. */
  readonly delays: number;
  /** Milliseconds, default one minute. */
  readonly maxDelayMs: number;
  /** A number in [0, 1), which decides. Default: `Math.random`. */
  readonly random: () => number;
}

type Handler = (item: CourierItem) => Promise<void>;

/** A copy of an item that waits. */
interface Waiting {
  readonly item: CourierItem;
  readonly from: Instant;
}

interface InProgress {
  readonly item: CourierItem;
  readonly handled: Promise<void>;
}

interface Consumer {
  readonly jobs: ReadonlyMap<string, number>;
  readonly handle: Handler;
  readonly inProgress: Set<InProgress>;
  isOpen: boolean;
}

const MOST_LOST_IN_A_ROW = 2;
/** When an item that was given back is delivered again. */
const AGAIN_MS = SECOND_MS;

/**
 * A courier for tests: a queue in this process that several hosts share, and that loses, doubles, delays and reorders
 * as much as it is told to.
 *
 * @example
 * const post = new MemoryPost(clock, { loses: 0.3, doubles: 0.3 });
 * const courier = post.open();
 */
export class MemoryPost {
  readonly #clock: Clock;
  readonly #faults: PostFaults;
  readonly #consumers: Consumer[] = [];
  #waiting: Waiting[] = [];
  readonly #lost = new Map<string, number>();

  /** @throws {InvalidOptionError} */
  constructor(clock: Clock, faults: Partial<PostFaults> = {}) {
    checkFaults(faults);
    this.#clock = givenClock('clock', clock);
    const none = { loses: 0, doubles: 0, delays: 0, maxDelayMs: 60_000, random: Math.random };
    this.#faults = { ...none, ...faults };
  }

  /** Returns the courier of one host. */
  open(): PostCourier {
    return new PostCourier(this);
  }

  /** How many copies of items wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Loses everything that waits, as if the queue's tables were emptied. */
  loseAll(): void {
    this.#waiting = [];
  }

  /** @internal */
  put(item: CourierItem): void {
    const { loses, doubles } = this.#faults;
    const lost = this.#lost.get(item.key) ?? 0;
    if (lost < MOST_LOST_IN_A_ROW && this.#happens(loses)) return void this.#lost.set(item.key, lost + 1);
    this.#lost.delete(item.key);
    if (this.#waiting.some((one) => one.item.key === item.key)) return;
    this.#enqueue(item, item.notBefore);
    if (this.#happens(doubles)) this.#enqueue(item, item.notBefore);
  }

  /** @internal */
  consume(jobs: readonly ConsumedJob[], handle: Handler): Consumer {
    const consumer: Consumer = {
      jobs: new Map(jobs.map(({ job, concurrency }) => [job, concurrency])),
      handle,
      inProgress: new Set(),
      isOpen: true,
    };
    this.#consumers.push(consumer);
    this.#deliver();
    return consumer;
  }

  /** @internal */
  async stop(consumer: Consumer, deadlineMs: number): Promise<boolean> {
    consumer.isOpen = false;
    const all = Promise.all([...consumer.inProgress].map(({ handled }) => handled));
    const hasEnded = await endsWithin(this.#clock, all, deadlineMs);
    if (!hasEnded) this.giveBack(consumer);
    return hasEnded;
  }

  /** Takes back what a consumer has in progress, whatever becomes of it there. @internal */
  giveBack(consumer: Consumer): void {
    consumer.isOpen = false;
    const items = [...consumer.inProgress].map(({ item }) => item);
    consumer.inProgress.clear();
    for (const item of items) this.#enqueue(item, addMs(this.#clock.now(), AGAIN_MS));
  }

  #enqueue(item: CourierItem, from: Instant): void {
    const { delays, maxDelayMs, random } = this.#faults;
    const lateMs = this.#happens(delays) ? Math.floor(random() * maxDelayMs) : 0;
    const at = addMs(maxInstant(from, this.#clock.now()), lateMs);
    this.#waiting.push({ item, from: at });
    // Never in the turn of the sender.
    this.#clock.setTimer(at, () => this.#deliver());
  }

  #deliver(): void {
    const now = this.#clock.now();
    for (const waiting of this.#waiting.filter(({ from }) => from <= now)) {
      const free = this.#consumers.filter((one) => hasRoom(one, waiting.item));
      const consumer = free[Math.floor(this.#faults.random() * free.length)];
      if (!consumer) continue;
      this.#waiting = this.#waiting.filter((one) => one !== waiting);
      this.#give(consumer, waiting.item);
    }
  }

  #give(consumer: Consumer, item: CourierItem): void {
    const handled = Promise.withResolvers<void>();
    const entry: InProgress = { item, handled: handled.promise };
    consumer.inProgress.add(entry);
    const end = (isGivenBack: boolean): void => {
      handled.resolve();
      this.#ended(consumer, entry, isGivenBack);
    };
    consumer.handle(item).then(
      () => end(false),
      () => end(true),
    );
  }

  #ended(consumer: Consumer, entry: InProgress, isGivenBack: boolean): void {
    // It was given back already, because its host died or stopped.
    if (!consumer.inProgress.delete(entry)) return;
    if (isGivenBack) this.#enqueue(entry.item, addMs(this.#clock.now(), AGAIN_MS));
    this.#deliver();
  }

  #happens(share: number): boolean {
    return share > 0 && this.#faults.random() < share;
  }
}

/** @throws {InvalidOptionError} */
function checkFaults(faults: Partial<PostFaults>): void {
  assertKnownOptions('faults.', faults, ['loses', 'doubles', 'delays', 'maxDelayMs', 'random']);
  const { maxDelayMs, random } = faults;
  for (const name of ['loses', 'doubles', 'delays'] as const) {
    const share: unknown = faults[name];
    if (share !== undefined && !(typeof share === 'number' && share >= 0 && share <= 1))
      throw new InvalidOptionError(`faults.${name}`, share, 'must be a number from 0 to 1');
  }
  if (maxDelayMs !== undefined)
    wholeNumber('faults.maxDelayMs', maxDelayMs, { min: 0, max: Number.MAX_SAFE_INTEGER });
  if (random !== undefined) givenFunction('faults.random', random);
}

function hasRoom({ isOpen, jobs, inProgress }: Consumer, { job }: CourierItem): boolean {
  const concurrency = jobs.get(job) ?? 0;
  return isOpen && [...inProgress].filter(({ item }) => item.job === job).length < concurrency;
}

/** The courier of one host, on a {@link MemoryPost}. */
export class PostCourier implements Courier {
  readonly supports: CourierAbilities = {
    shared: true,
    joinsTransaction: false,
    delays: true,
    persistent: true,
    redelivers: true,
  };
  readonly #post: MemoryPost;
  readonly #consumers: Consumer[] = [];
  #isDead = false;

  /** @internal */
  constructor(post: MemoryPost) {
    this.#post = post;
  }

  async send(items: readonly CourierItem[]): Promise<void> {
    if (this.#isDead) return;
    for (const item of items) this.#post.put(item);
  }

  async consume(jobs: readonly ConsumedJob[], handle: Handler): Promise<Consumption> {
    const consumer = this.#post.consume(jobs, handle);
    this.#consumers.push(consumer);
    return { stop: (deadlineMs) => this.#post.stop(consumer, deadlineMs) };
  }

  async waiting(): Promise<number> {
    return this.#post.waiting;
  }

  /** Ends as a killed process does: what it has in progress is delivered to others, and it sends no more. */
  die(): void {
    this.#isDead = true;
    for (const consumer of this.#consumers) this.#post.giveBack(consumer);
  }
}
