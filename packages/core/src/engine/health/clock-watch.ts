import { GamekeeperError } from '../common/errors.ts';
import type { Logger } from '../common/logger.ts';
import type { Clock, Timer } from '../time/clock.ts';
import { SECOND_MS, addMs } from '../time/instant.ts';
import type { StoreClock } from '../time/store-clock.ts';
import type { StoreTime } from '../time/store-time.ts';
import type { SkewedInstances } from './skewed-instances.ts';

/** How often the store is asked when a host is opened: the quickest answer is the best. */
const FIRST_MEASUREMENTS = 5;

/** A host was to be opened whose clock is too far from the store's, and `engine.refuseSkewedClock` is set. */
export class ClockSkewError extends GamekeeperError<'CLOCK_SKEW'> {
  /** By how much the host's clock is ahead of the store's (negative: behind). Milliseconds. */
  readonly skewMs: number;

  constructor(instance: string, skewMs: number, maxSkewMs: number) {
    super(
      'CLOCK_SKEW',
      `The clock of ${instance} is ${inWords(skewMs)} the store's, and engine.maxClockSkewMs is ${maxSkewMs}; synchronise the machine's clock (NTP), or leave engine.refuseSkewedClock out to go by the store's clock.`,
    );
    this.skewMs = skewMs;
  }
}

/** What a {@link ClockWatch} works with. */
export interface ClockWatchPorts {
  /** The clock that it keeps right. */
  readonly clock: StoreClock;
  /** Times the looks. A clock that nobody sets: by the host's own, a look after it was put back would come too late. */
  readonly timers: Clock;
  readonly storeTime: StoreTime;
  readonly logger: Logger;
  /** Where the instance reports itself while its clock is off. */
  readonly skewedInstances: SkewedInstances;
  /** Names the instance in the log and in its report. */
  readonly instanceId: string;
  /** The pause between two looks. Milliseconds. */
  readonly intervalMs: number;
  /** By how much the host's clock may be off without a word. Milliseconds. */
  readonly maxSkewMs: number;
}

/**
 * Measures at intervals how far a host's clock is from the store's. While it is too far, it says so in the log and to the
 * other instances; while it is right, nothing is written.
 */
export class ClockWatch {
  readonly #ports: ClockWatchPorts;
  #timer: Timer | undefined;
  #measuring = false;
  #stopped = false;
  #skewed = false;
  #reported = false;

  constructor(ports: ClockWatchPorts) {
    this.#ports = ports;
  }

  /**
   * Measures for the first time, and at intervals from then on.
   *
   * @param options.refuse whether not to begin with a clock that is too far off
   * @throws {ClockSkewError} and whatever the store throws while it is away
   */
  async open({ refuse }: { readonly refuse: boolean }): Promise<void> {
    const { instanceId, maxSkewMs, skewedInstances } = this.#ports;
    const skewMs = await this.measure();
    if (refuse && Math.abs(skewMs) > maxSkewMs) {
      await skewedInstances.report(instanceId, skewMs).catch(() => undefined);
      throw new ClockSkewError(instanceId, skewMs, maxSkewMs);
    }
    this.#judge(skewMs);
    // Where it cannot be reported now, it is at the next look.
    await this.#report(skewMs).catch(() => undefined);
    this.#wait();
  }

  /**
   * Measures once and corrects the clock, without a word to anybody. Returns the skew in milliseconds.
   *
   * @throws whatever the store throws while it is away
   */
  async measure(): Promise<number> {
    const { clock, storeTime } = this.#ports;
    for (let count = 0; count < FIRST_MEASUREMENTS; count += 1) await clock.measure(() => storeTime.now());
    return clock.skewMs ?? 0;
  }

  /** Measures no longer. The correction stays as it is. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #wait(): void {
    if (this.#stopped) return;
    const { timers, intervalMs } = this.#ports;
    this.#timer = timers.setTimer(addMs(timers.now(), intervalMs), () => {
      this.#wait();
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    if (this.#measuring) return;
    this.#measuring = true;
    const { clock, storeTime } = this.#ports;
    try {
      const skewMs = await clock.measure(() => storeTime.now());
      if (this.#stopped) return;
      this.#judge(skewMs);
      await this.#report(skewMs);
    } catch {
      // The store is away, which the watch over the jobs and the engine say.
    } finally {
      this.#measuring = false;
    }
  }

  /** One line when the clock gets wrong and one when it is right again; half the way back, lest it go to and fro. */
  #judge(skewMs: number): void {
    const { logger, instanceId, maxSkewMs } = this.#ports;
    const fields = { instance: instanceId, skewMs, maxClockSkewMs: maxSkewMs };
    if (!this.#skewed && Math.abs(skewMs) > maxSkewMs) {
      this.#skewed = true;
      logger.error(
        `the clock of this host is ${inWords(skewMs)} the store's; it goes by the store's: synchronise the machine's clock (NTP)`,
        fields,
      );
    } else if (this.#skewed && Math.abs(skewMs) <= maxSkewMs / 2) {
      this.#skewed = false;
      logger.info("the clock of this host agrees with the store's again", fields);
    }
  }

  async #report(skewMs: number): Promise<void> {
    const { skewedInstances, instanceId } = this.#ports;
    if (this.#skewed) {
      this.#reported = true;
      await skewedInstances.report(instanceId, skewMs);
    } else if (this.#reported) {
      await skewedInstances.withdraw(instanceId);
      this.#reported = false;
    }
  }
}

/** `600.2 s ahead of`, `5 s behind`. */
function inWords(skewMs: number): string {
  return `${Math.abs(skewMs) / SECOND_MS} s ${skewMs > 0 ? 'ahead of' : 'behind'}`;
}
