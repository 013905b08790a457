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

/** Tells somebody outside that all is well; when it stops, they know that the host is gone as well. */
export interface Heartbeat {
  beat(signal: AbortSignalLike): Promise<void>;
}

/** What a {@link HealthWatch} works with. */
export interface HealthWatchPorts {
  readonly inspection: InspectionPorts;
  readonly delivery: AlertDelivery;
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly heartbeat: Heartbeat | null;
  /** Has the schedules on record looked at, where the jobs follow them. */
  readonly refresh?: () => Promise<void>;
  /** The pause between two looks. Milliseconds. */
  readonly intervalMs: number;
  /** The least time between two judgements by checks: they are judged at the first look after it. Milliseconds. */
  readonly checkIntervalMs: number;
}

/**
 * Looks at the jobs, and now and then by the checks, at intervals of its own and tells people of what is wrong. It goes by the store and its clock, and
 * needs no scheduler: a host whose jobs have all stopped, or that runs none, notices as well as any other.
 */
export class HealthWatch {
  readonly #ports: HealthWatchPorts;
  readonly #stopping = createAbortController();
  #timer: Timer | undefined;
  /** Duties that are still at work: none is begun again before it has ended, and none waits for another. */
  readonly #atWork = new Map<string, Promise<void>>();
  readonly #outages = new Map<string, Outage>();
  #checkedAt = -Infinity;
  /** What the checks said when they were last judged here. */
  #checksAreWell = true;

  constructor(ports: HealthWatchPorts) {
    this.#ports = ports;
  }

  /** Looks at once, and then again and again. */
  start(): void {
    this.#look();
  }

  /**
   * Stops looking. Resolves to `true` when what was begun has ended, to `false` when `deadlineMs` passed before; an
   * alert that was being told then is owed still, and told by another instance.
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

  /** One quick look while all is well; whatever is not, or is not on record yet, is inspected. */
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
    // Somebody has emptied the ledger: from here on the jobs are awaited as new ones are.
    if (unknown.length > 0) await jobRegistry.register(unknown, now);
    const inspected = await transactions.run((tx) => inspectJobs(tx, inspection, now));
    return {
      healthy: !inspected.jobs.some(({ verdict }) => isUnhealthy(verdict)),
      recorded: inspected.recorded,
      now,
    };
  }

  /** Less often than the jobs: one look for what is on record, and one or two for each check. */
  async #judgeChecks(now: Instant): Promise<void> {
    const { inspection, clock, checkIntervalMs } = this.#ports;
    // A clock that was put back must not keep them waiting.
    if (Math.abs(clock.now() - this.#checkedAt) < checkIntervalMs) return;
    const { checks, recorded } = await inspectChecks(inspection, this.#ports, now);
    this.#checkedAt = clock.now();
    this.#checksAreWell = !checks.some(({ verdict }) => isUnhealthy(verdict));
    if (recorded > 0) this.#deliver();
  }

  /** Each channel on its own: one that does not answer keeps no other waiting. */
  #deliver(): void {
    const { delivery } = this.#ports;
    for (const channel of delivery.channels) {
      const duty = `deliver alerts to ${channel}`;
      const begin = (): void => this.#begin(duty, () => delivery.deliverTo(channel));
      // What was raised just now may have come too late for the delivery that is at work.
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
