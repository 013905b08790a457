import type { Instant, Transactions } from '@gamekeeper/core';
import {
  courierItem,
  type ConsumedJob,
  type Consumption,
  type Courier,
  type CourierItem,
} from '@gamekeeper/core/ports';
import { ok } from '../assertions.ts';
import type { ContractOptions } from '../contract.ts';

/** The courier of one host, and how that host is killed. */
export interface OpenedCourier {
  readonly courier: Courier;
  /** Ends it as a killed process ends; what it had in progress is left to the courier. Only if it `redelivers`. */
  readonly die?: () => Promise<void>;
}

/** What {@link courierContract} tests with: an empty queue, and the couriers of several hosts on it. */
export interface CourierHarness {
  /** Returns the courier of a further host. One that is not `shared` may return the same again. */
  readonly open: () => Promise<OpenedCourier>;
  /** Returns the time by which `notBefore` counts. */
  readonly now: () => Instant;
  /** Lets time pass: on a virtual clock, or in truth. */
  readonly passTime: (ms: number) => Promise<void>;
  /** How long a delivery may take; after that, the contract sends again, as the bell does. Milliseconds, default 2,000. */
  readonly patienceMs?: number;
  /** How long it may take until the item of a killed host is delivered again. Milliseconds, default 20,000. */
  readonly takeoverMs?: number;
  /** Needed by couriers that join transactions. */
  readonly transactions?: Transactions;
  /** Called at the end of each case. */
  readonly close?: () => Promise<void>;
}

type Create = ContractOptions<CourierHarness>['create'];

/** How often the contract sends an item before it counts as lost. */
const MOST_SENDS = 12;
const LOOK_MS = 50;

/** A host of a case: what was delivered to it, in order. */
export class CourierHost {
  readonly courier: Courier;
  readonly delivered: CourierItem[] = [];
  readonly #opened: OpenedCourier;
  readonly #consumptions: Consumption[] = [];

  constructor(opened: OpenedCourier) {
    this.#opened = opened;
    this.courier = opened.courier;
  }

  /** Handles items of these jobs. */
  async consume(
    jobs: readonly (string | ConsumedJob)[],
    handle: (item: CourierItem) => Promise<void> = async () => undefined,
  ): Promise<Consumption> {
    const consumed = jobs.map((one) => (typeof one === 'string' ? { job: one, concurrency: 5 } : one));
    const consumption = await this.courier.consume(consumed, (item) => {
      this.delivered.push(item);
      return handle(item);
    });
    this.#consumptions.push(consumption);
    return consumption;
  }

  die(): Promise<void> {
    if (!this.#opened.die) throw new Error('the harness of a courier that redelivers must have `die`');
    return this.#opened.die();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#consumptions.map((consumption) => consumption.stop(1_000)));
  }
}

/** The place of a case. */
export class CourierPlace {
  readonly harness: CourierHarness;
  readonly #hosts: CourierHost[] = [];

  constructor(harness: CourierHarness) {
    this.harness = harness;
  }

  async host(): Promise<CourierHost> {
    const host = new CourierHost(await this.harness.open());
    this.#hosts.push(host);
    return host;
  }

  /** Returns an item that is due. */
  item(change: Partial<CourierItem> = {}): CourierItem {
    return courierItem({ job: 'sweep', tick: this.harness.now(), ...change });
  }

  /** Waits until something is so. Returns whether it was so in time. */
  async within(ms: number, isSo: () => boolean): Promise<boolean> {
    for (let passed = 0; passed < ms && !isSo(); passed += LOOK_MS) await this.harness.passTime(LOOK_MS);
    return isSo();
  }

  /** Sends items, and again those that have not arrived, until all of them have. */
  async sendUntil(
    courier: Pick<Courier, 'send'>,
    items: readonly CourierItem[],
    hasArrived: (item: CourierItem) => boolean,
  ): Promise<void> {
    const { patienceMs = 2_000 } = this.harness;
    let left = items;
    for (let sends = 0; left.length > 0; sends += 1) {
      ok(
        sends < MOST_SENDS,
        `${left.length} of ${items.length} items were sent ${sends} times and did not arrive`,
      );
      await courier.send(left);
      await this.within(patienceMs, () => left.every(hasArrived));
      left = left.filter((item) => !hasArrived(item));
    }
  }

  async end(): Promise<void> {
    let haveStopped = false;
    // One that does not stop must not keep the suite.
    void Promise.allSettled(this.#hosts.map((host) => host.stop())).then(() => (haveStopped = true));
    await this.within(5_000, () => haveStopped);
    await this.harness.close?.();
  }
}

/** Runs a case in a place of its own. */
export async function atCourier(
  create: Create,
  check: (place: CourierPlace) => Promise<void>,
): Promise<void> {
  const place = new CourierPlace(await create());
  try {
    await check(place);
  } finally {
    await place.end();
  }
}
