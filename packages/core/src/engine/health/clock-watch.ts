import { GamekeeperError } from '../common/errors.ts';
import type { Logger } from '../common/logger.ts';
import type { Clock, Timer } from '../time/clock.ts';
import { SECOND_MS, addMs } from '../time/instant.ts';
import type { StoreClock } from '../time/store-clock.ts';
import type { StoreTime } from '../time/store-time.ts';
import type { SkewedInstances } from './skewed-instances.ts';

/** How often the store's time is read when a host is opened; the shortest round trip gives the best measurement. */
const FIRST_MEASUREMENTS = 5;

/**
 * A host could not be opened because its clock differs too much from the store's and `engine.refuseSkewedClock` is
 * set.
 */
export class ClockSkewError extends GamekeeperError<'CLOCK_SKEW'> {
  /** How far the host's clock is ahead of the store's (negative: behind). Milliseconds. */
  readonly skewMs: number;

  constructor(instance: string, skewMs: number, maxSkewMs: number) {
    super(
      'CLOCK_SKEW',
      `The clock of ${instance} is ${inWords(skewMs)} the store's, and engine.maxClockSkewMs is ${maxSkewMs}; synchronise the machine's clock (NTP), or omit engine.refuseSkewedClock to use the store's time.`,
    );
    this.skewMs = skewMs;
  }
}

/** The collaborators of a {@link ClockWatch}. */
export interface ClockWatchPorts {
  /** The clock that is corrected. */
  readonly clock: StoreClock;
  /**
   * Schedules the measurements. Must not be corrected by this watch; otherwise a measurement could be delayed after
   * the clock was moved back.
   */
  readonly timers: Clock;
  readonly storeTime: StoreTime;
  readonly logger: Logger;
  /** Where the instance reports itself while its clock differs too much. */
  readonly skewedInstances: SkewedInstances;
  /** The name of the instance in the log and in its report. */
  readonly instanceId: string;
  /** The delay between two measurements. Milliseconds. */
  readonly intervalMs: number;
  /** The largest skew that is not reported. Milliseconds. */
  readonly maxSkewMs: number;
}

/**
 * Periodically measures the difference between the host's clock and the store's. While it is too large, that is logged
 * and reported to the other instances; otherwise nothing is written.
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
   * Measures once, and periodically from then on.
   *
   * @param options.refuse whether to throw if the skew is too large
   * @throws {ClockSkewError} and the store's errors while it is unavailable
   */
  async open({ refuse }: { readonly refuse: boolean }): Promise<void> {
    const { instanceId, maxSkewMs, skewedInstances } = this.#ports;
    const skewMs = await this.measure();
    if (refuse && Math.abs(skewMs) > maxSkewMs) {
      await skewedInstances.report(instanceId, skewMs).catch(() => undefined);
      throw new ClockSkewError(instanceId, skewMs, maxSkewMs);
    }
    this.#judge(skewMs);
    // If the report fails now, the next measurement repeats it.
    await this.#report(skewMs).catch(() => undefined);
    this.#wait();
  }

  /**
   * Measures once and corrects the clock; logs and reports nothing. Returns the skew in milliseconds.
   *
   * @throws the store's errors while it is unavailable
   */
  async measure(): Promise<number> {
    const { clock, storeTime } = this.#ports;
    for (let count = 0; count < FIRST_MEASUREMENTS; count += 1) await clock.measure(() => storeTime.now());
    return clock.skewMs ?? 0;
  }

  /** Stops measuring. The correction stays as it is. */
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
      // The store is unavailable; the health watch and the engine report that.
    } finally {
      this.#measuring = false;
    }
  }

  /** Logs when the skew exceeds the limit, and again when it falls below half of the limit (hysteresis). */
  #judge(skewMs: number): void {
    const { logger, instanceId, maxSkewMs } = this.#ports;
    const fields = { instance: instanceId, skewMs, maxClockSkewMs: maxSkewMs };
    if (!this.#skewed && Math.abs(skewMs) > maxSkewMs) {
      this.#skewed = true;
      logger.error(
        `the clock of this host is ${inWords(skewMs)} the store's; using the store's time. Synchronise the machine's clock (NTP)`,
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
