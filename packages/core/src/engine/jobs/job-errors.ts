import { GamekeeperError, show } from '../common/errors.ts';
import { iso, type Instant } from '../time/instant.ts';
import type { Schedule } from '../time/schedule.ts';

/** The host has no job with this name. */
export class UnknownJobError extends GamekeeperError<'UNKNOWN_JOB'> {
  constructor(name: string, known: readonly string[]) {
    super('UNKNOWN_JOB', `There is no job ${show(name)}; this host has ${known.join(', ') || 'none'}.`);
  }
}

/** The host has this job, but it is not registered in its store, so it has no ticks there yet. */
export class JobNotRegisteredError extends GamekeeperError<'JOB_NOT_REGISTERED'> {
  constructor(name: string) {
    super(
      'JOB_NOT_REGISTERED',
      `The job ${name} is not registered in this store; start a host that has it, or open one with register: 'new'.`,
    );
  }
}

/** A job's schedule has no tick at this instant, or the tick is in the future. */
export class NotATickError extends GamekeeperError<'NOT_A_TICK'> {
  constructor(job: string, tick: Instant, schedule: Schedule) {
    const around = [schedule.previous(tick), schedule.next(tick)].filter((near) => near !== null).map(iso);
    super('NOT_A_TICK', `${job} has no tick at ${iso(tick)}; the nearest are ${around.join(' and ')}.`);
  }
}

/** The requested tick is in the future, or the delay of its job has not passed yet. */
export class FutureTickError extends GamekeeperError<'FUTURE_TICK'> {
  constructor(job: string, tick: Instant, due: Instant, now: Instant) {
    super(
      'FUTURE_TICK',
      `The run of ${job} at ${iso(tick)} cannot begin before ${iso(due)}; it is ${iso(now)} now; use an earlier tick.`,
    );
  }
}
