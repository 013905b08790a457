import type { Logger } from '../common/logger.ts';
import { RecordedSchedule } from '../time/recorded-schedule.ts';
import { OneTimeSchedule, withOneTimeSchedules } from '../time/one-time-schedule.ts';
import { ScheduleTimeline, TicksAfter, type TimelineSegment } from '../time/schedule-timeline.ts';
import { addMs, iso, maxInstant, type Instant } from '../time/instant.ts';
import type { Schedule, ScheduleParser } from '../time/schedule.ts';
import type { JobSchedule, JobTicks } from './job-registry.ts';
import { errorText } from '../secrets/error-text.ts';

/** The ticks of one job: those that the job runs, and those that the rules apply to players. */
interface Timeline {
  readonly all: RecordedSchedule;
  readonly sinceRegistration: RecordedSchedule;
  /** The record adopted last, to detect changes. */
  adopted: string;
  /** The start of the newest adopted schedule. A transaction of the host may read an older state of the store. */
  newest: Instant;
}

/**
 * The ticks of an instance's jobs by the recorded schedules. The newest registration applies to all instances: an
 * instance with older code runs the recorded ticks, not those of its own schedule.
 */
export class JobTimelines {
  readonly #parser: ScheduleParser;
  readonly #logger: Logger;
  readonly #jobs = new Map<string, Timeline>();

  constructor(ports: { readonly schedules: ScheduleParser; readonly logger: Logger }) {
    this.#parser = withOneTimeSchedules(ports.schedules);
    this.#logger = ports.logger;
  }

  /**
   * Adds a job with the schedule of this instance's code. Returns its ticks, which follow the record once it is known.
   */
  add(job: string, own: Schedule): Schedule {
    const timeline = {
      all: new RecordedSchedule(own),
      sinceRegistration: new RecordedSchedule(own),
      adopted: '',
      newest: -Infinity as Instant,
    };
    this.#jobs.set(job, timeline);
    return timeline.all;
  }

  /** Returns the ticks of a job that apply to players: those since its first registration. */
  sinceRegistration(job: string): Schedule {
    return this.#jobs.get(job)!.sinceRegistration;
  }

  /**
   * Adopts the recorded schedules. Returns the jobs whose ticks changed.
   *
   * If this instance cannot parse a job's newest schedule, the job has no ticks here: other instances run it, and a
   * log line reports it. If an older schedule cannot be parsed, its time range has no ticks.
   */
  adopt(recorded: readonly JobTicks[]): readonly string[] {
    const changed: string[] = [];
    for (const { all, sinceRegistration, adopted } of this.#jobs.values()) {
      // Unless its record follows, no instance has registered it, so it has no ticks yet that apply to players.
      if (adopted === '') sinceRegistration.adopt(new NoTicks(all));
    }
    for (const ticks of recorded) {
      const timeline = this.#jobs.get(ticks.job);
      const record = JSON.stringify([ticks.startsAfter, ticks.schedules]);
      const newest = ticks.schedules.at(-1)!.since;
      if (!timeline || newest < timeline.newest || timeline.adopted === record) continue;
      timeline.adopted = record;
      timeline.newest = newest;
      const all = this.#read(ticks);
      timeline.all.adopt(all);
      timeline.sinceRegistration.adopt(new TicksAfter(all, ticks.startsAfter));
      changed.push(ticks.job);
    }
    return changed;
  }

  #read({ job, schedules, startsAfter }: JobTicks): Schedule {
    const segments = schedules.map((recorded) => ({
      since: recorded.since,
      schedule: this.#parse(job, recorded),
    }));
    const newest = segments.at(-1)!;
    this.#warnOfNoTick(job, newest, startsAfter);
    return newest.schedule instanceof NoTicks ? newest.schedule : new ScheduleTimeline(segments);
  }

  /** A job that runs once, and was added when its instant was over, would otherwise be silent. */
  #warnOfNoTick(job: string, { schedule, since }: TimelineSegment, startsAfter: Instant): void {
    if (!(schedule instanceof OneTimeSchedule) || schedule.tick > maxInstant(startsAfter, addMs(since, -1)))
      return;
    this.#logger.warn('a job that runs once never runs: its instant was over when it was registered', {
      job,
      at: iso(schedule.tick),
      registeredAt: iso(since),
    });
  }

  #parse(job: string, { since, cron, timeZone }: JobSchedule): Schedule {
    try {
      return this.#parser.parse({ cron, timeZone });
    } catch (error) {
      this.#logger.error(
        'this instance cannot parse a recorded schedule; other instances must run its ticks',
        {
          job,
          cron,
          timeZone,
          since: iso(since),
          error: errorText(error),
        },
      );
      return new NoTicks({ cron, timeZone: 'UTC' });
    }
  }
}

/** Replaces a schedule that cannot be parsed, and the schedule of a job that no instance has registered. */
class NoTicks implements Schedule {
  readonly cron: string;
  readonly timeZone: string;

  constructor({ cron, timeZone }: { readonly cron: string; readonly timeZone: string }) {
    this.cron = cron;
    this.timeZone = timeZone;
  }

  next(): Instant | null {
    return null;
  }

  previous(): Instant | null {
    return null;
  }

  between(): Iterable<Instant> {
    return [];
  }
}
