import { endsWithin, type Clock, type Timer } from '../time/clock.ts';
import type { ConsumedJob, Consumption, Courier, CourierAbilities, CourierItem } from './courier.ts';

type Handler = (item: CourierItem) => Promise<void>;

/** Carries items within this process: what hosts use when no module binds another courier. */
export class InProcessCourier implements Courier {
  readonly supports: CourierAbilities = {
    shared: false,
    joinsTransaction: false,
    delays: true,
    persistent: false,
    redelivers: false,
  };
  readonly #clock: Clock;
  readonly #handlers = new Map<string, Handler>();
  readonly #delayed = new Map<string, Timer>();
  readonly #inProgress = new Set<Promise<void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Handlers of items that are not delayed are called before this returns. */
  async send(items: readonly CourierItem[]): Promise<void> {
    for (const item of items) {
      if (item.notBefore > this.#clock.now()) this.#deliverLater(item);
      else this.#deliver(item);
    }
  }

  async consume(jobs: readonly ConsumedJob[], handle: Handler): Promise<Consumption> {
    for (const { job } of jobs) this.#handlers.set(job, handle);
    return {
      stop: (deadlineMs) => {
        for (const { job } of jobs) if (this.#handlers.get(job) === handle) this.#handlers.delete(job);
        if (this.#handlers.size === 0) this.#forgetDelayed();
        return endsWithin(this.#clock, Promise.all(this.#inProgress), deadlineMs);
      },
    };
  }

  async waiting(): Promise<number> {
    return this.#delayed.size;
  }

  #deliverLater(item: CourierItem): void {
    this.#delayed.get(item.key)?.cancel();
    const timer = this.#clock.setTimer(item.notBefore, () => {
      this.#delayed.delete(item.key);
      this.#deliver(item);
    });
    this.#delayed.set(item.key, timer);
  }

  #deliver(item: CourierItem): void {
    const handling = this.#handlers.get(item.job)?.(item);
    if (!handling) return;
    const handled: Promise<void> = handling
      .catch(() => undefined)
      .then(() => void this.#inProgress.delete(handled));
    this.#inProgress.add(handled);
  }

  #forgetDelayed(): void {
    for (const timer of this.#delayed.values()) timer.cancel();
    this.#delayed.clear();
  }
}
