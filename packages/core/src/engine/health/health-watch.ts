import { registrationOf } from '../jobs/job-definition.ts';
import type { Logger } from '../common/logger.ts';
import { createAbortController, type AbortSignalLike } from '../time/abort.ts';
import { endsWithin, type Clock, type Timer } from '../time/clock.ts';
import { addMs, type Instant } from '../time/instant.ts';
import type { Transactions } from '../transactions/transactions.ts';
import type { AlertDelivery } from './alert-delivery.ts';
import { areAllHealthy } from './all-healthy.ts';
import { inspectJobs, inspectChecks, type InspectionPorts } from './inspection.ts';
import { Outage } from './outage.ts';
import { isUnhealthy } from './verdict.ts';

/**
 * Signals to an external monitor that all is well. If the signal stops, the monitor knows that the host is down or
 * unhealthy.
 */
export interface Heartbeat {
  beat(signal: AbortSignalLike): Promise<void>;
}

/** The collaborators of a {@link HealthWatch}. */
export interface HealthWatchPorts {
  readonly inspection: InspectionPorts;
  readonly delivery: AlertDelivery;
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly heartbeat: Heartbeat | null;
  /** Reads the recorded schedules, if the jobs follow them. */
  readonly refresh?: () => Promise<void>;
  /** The delay between two inspections. Milliseconds. */
  readonly intervalMs: number;
  /** The minimum time between two runs of the checks; they run at the first inspection after it. Milliseconds. */
  readonly checkIntervalMs: number;
}

/**
 * Periodically evaluates jobs and, less often, checks, and sends alerts. Uses only the store and its clock, no
 * scheduler: a host whose jobs have all stopped, or that runs none, still reports problems.
 */
export class HealthWatch {
  readonly #ports: HealthWatchPorts;
  readonly #stopping = createAbortController();
  #timer: Timer | undefined;
  /** Tasks in progress, by name; a task is not started again until it has finished. */
  readonly #atWork = new Map<string, Promise<void>>();
  readonly #outages = new Map<string, Outage>();
  #checkedAt = -Infinity;
  /** Whether all checks were healthy when this instance last ran them. */
  #checksAreWell = true;

  constructor(ports: HealthWatchPorts) {
    this.#ports = ports;
  }

  /** Inspects at once, then periodically. */
  start(): void {
    this.#look();
  }

  /**
   * Stops inspecting. Returns `true` once all tasks have finished, `false` if `deadlineMs` passed first; an alert that
   * was being sent then stays pending and is sent by another instance.
   */
  async stop(deadlineMs: number): Promise<boolean> {
    this.#stopping.abort();
    this.#timer?.cancel();
    return endsWithin(this.#ports.clock, Promise.all(this.#atWork.values()), deadlineMs);
  }

  #look(): void {
    const { clock, intervalMs } = this.#ports;
    this.#timer = clock.setTimer(addMs(clock.now(), intervalMs), () => this.#look());
    this.#begin('inspect the jobs', () => this.#inspect());
    this.#deliver();
  }

  async #inspect(): Promise<void> {
    const { heartbeat } = this.#ports;
    const { healthy, recorded, now } = await this.#judge();
    if (recorded > 0) this.#deliver();
    await this.#judgeChecks(now);
    if (heartbeat && healthy && this.#checksAreWell)
      this.#begin('send the heartbeat', () => heartbeat.beat(this.#stopping.signal));
  }

  /**
   * One cheap query while all jobs are healthy; the full inspection runs only if a job is unhealthy or not recorded
   * yet.
   */
  async #judge(): Promise<{ readonly healthy: boolean; readonly recorded: number; readonly now: Instant }> {
    const { inspection, transactions } = this.#ports;
    const { storeTime, jobRegistry } = inspection;
    await this.#ports.refresh?.();
    const jobs = inspection.jobs();
    const now = await storeTime.now();
    const pulses = await jobRegistry.summaries();
    if (areAllHealthy(jobs, pulses, now)) return { healthy: true, recorded: 0, now };
    const known = new Set(pulses.map(({ job }) => job));
    const unknown = jobs.filter(({ job }) => !known.has(job.name)).map(({ job }) => registrationOf(job));
    // The ledger was emptied: register the jobs as new ones.
    if (unknown.length > 0) await jobRegistry.register(unknown, now);
    const inspected = await transactions.run((tx) => inspectJobs(tx, inspection, now));
    return {
      healthy: !inspected.jobs.some(({ verdict }) => isUnhealthy(verdict)),
      recorded: inspected.recorded,
      now,
    };
  }

  /** Runs less often than the job inspection: one query for the recorded verdicts, and one or two for each check. */
  async #judgeChecks(now: Instant): Promise<void> {
    const { inspection, clock, checkIntervalMs } = this.#ports;
    // A clock that was moved back must not delay the checks.
    if (Math.abs(clock.now() - this.#checkedAt) < checkIntervalMs) return;
    const { checks, recorded } = await inspectChecks(inspection, this.#ports, now);
    this.#checkedAt = clock.now();
    this.#checksAreWell = !checks.some(({ verdict }) => isUnhealthy(verdict));
    if (recorded > 0) this.#deliver();
  }

  /** Delivers to each channel independently: a channel that hangs does not block the others. */
  #deliver(): void {
    const { delivery } = this.#ports;
    for (const channel of delivery.channels) {
      const duty = `deliver alerts to ${channel}`;
      const begin = (): void => this.#begin(duty, () => delivery.deliverTo(channel));
      // The delivery in progress may have missed alerts that were raised just now, so deliver again after it.
      void (this.#atWork.get(duty)?.then(begin) ?? begin());
    }
  }

  #begin(duty: string, work: () => Promise<void>): void {
    if (this.#stopping.signal.aborted || this.#atWork.has(duty)) return;
    const done = work()
      .then(() => this.#succeeded(duty))
      .catch((error: unknown) => this.#failed(duty, error))
      .finally(() => this.#atWork.delete(duty));
    this.#atWork.set(duty, done);
  }

  #failed(duty: string, error: unknown): void {
    if (!this.#stopping.signal.aborted) this.#outageOf(duty).failed('do', error);
  }

  #succeeded(duty: string): void {
    this.#outages.get(duty)?.succeeded('do');
  }

  #outageOf(duty: string): Outage {
    const known = this.#outages.get(duty);
    if (known) return known;
    const options = {
      name: duty,
      operations: ['do'],
      startMessage: `the watch cannot ${duty}, trying again`,
      endMessage: `the watch can ${duty} again`,
      level: 'error',
    } as const;
    const made = new Outage(options, this.#ports);
    this.#outages.set(duty, made);
    return made;
  }
}
