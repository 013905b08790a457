import { DAY_MS, HOUR_MS, MINUTE_MS, addMs, type Instant } from '@gamekeeper/core';
import { seededRandom } from '../seeded-random.ts';
import type { FaultPlan } from './fault-injector.ts';

/** The number of injected faults, by kind. */
export interface FaultCounts {
  delayed: number;
  doubled: number;
  outages: number;
  crashed: number;
  slept: number;
  takenOver: number;
  retriedActions: number;
}

/** How a tick is run. */
export type Fault = 'plain' | 'again' | 'at once' | 'crash' | 'sleep';

const places = ['before', 'uncommitted', 'after'] as const;

/** Generates faults at random; the same seed gives the same faults. */
export class FaultGenerator {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  chance(share: number): boolean {
    return this.#random() < share;
  }

  below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  /** Most delays end before the next tick of most jobs, some last for many ticks. */
  delayUntil(now: Instant): Instant {
    return addMs(now, MINUTE_MS + Math.floor(this.#random() ** 3 * 8 * HOUR_MS));
  }

  sleepUntil(now: Instant): Instant {
    return addMs(now, 20_000 + this.below(2 * HOUR_MS));
  }

  nextOutage(now: Instant): { readonly from: Instant; readonly until: Instant } {
    const from = addMs(now, HOUR_MS + this.below(12 * DAY_MS));
    return { from, until: addMs(from, HOUR_MS + Math.floor(this.#random() ** 2 * 4 * DAY_MS)) };
  }

  nextFault(): Fault {
    const mood = this.#random();
    if (mood < 0.03) return 'crash';
    if (mood < 0.05) return 'sleep';
    if (mood < 0.09) return 'at once';
    return mood < 0.12 ? 'again' : 'plain';
  }

  crash(): FaultPlan {
    return { kind: 'crash', call: 1 + this.below(5), place: places[this.below(places.length)]! };
  }

  sleep(): FaultPlan {
    return { kind: 'sleep', call: 1 + this.below(4) };
  }
}
