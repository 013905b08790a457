import { addMs, MINUTE_MS, type Instant } from '@gamekeeper/core';
import type { VirtualClock } from '@gamekeeper/testkit';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Crowd } from '../crowd/crowd.ts';

/** How often time moves on, in real time. Milliseconds. */
const STEP_MS = 50;
/** The most real time that one step makes up for, so that a slow machine only slows the game down. Milliseconds. */
const LONGEST_STEP_MS = 250;

/** The speeds to choose from, in minutes of the game for each second. */
export const speeds: readonly number[] = [0, 1, 10, 60, 180, 360];

/** Moves the game's clock on with real time, and lets the crowd play at its instants. */
export class Pace {
  readonly #clock: VirtualClock;
  readonly #crowd: Crowd;
  #minutesPerSecond = 60;
  #isStopped = false;
  #running: Promise<void> | undefined;

  constructor(clock: VirtualClock, crowd: Crowd) {
    this.#clock = clock;
    this.#crowd = crowd;
  }

  /** Minutes of the game for each second. */
  get speed(): number {
    return this.#minutesPerSecond;
  }

  set speed(minutesPerSecond: number) {
    this.#minutesPerSecond = minutesPerSecond;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves when time stands still; rejects if it had stopped because of an error. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  /** Rejects when time cannot go on. */
  get ended(): Promise<void> {
    return this.#running ?? Promise.resolve();
  }

  async #run(): Promise<void> {
    for (let last = performance.now(); !this.#isStopped;) {
      await sleep(STEP_MS);
      const realMs = Math.min(performance.now() - last, LONGEST_STEP_MS);
      last = performance.now();
      const gameMs = Math.floor((realMs / 1_000) * this.#minutesPerSecond * MINUTE_MS);
      await this.#advance(addMs(this.#clock.now(), gameMs));
    }
  }

  async #advance(to: Instant): Promise<void> {
    for (let action = this.#crowd.next(to); action && !this.#isStopped; action = this.#crowd.next(to)) {
      if (action.at > this.#clock.now()) await this.#clock.advanceTo(action.at);
      await action.run();
    }
    if (to > this.#clock.now() && !this.#isStopped) await this.#clock.advanceTo(to);
  }
}
