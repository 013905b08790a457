import type { Logger } from '../common/logger.ts';
import { RecordedSchedule } from '../time/recorded-schedule.ts';
import { ScheduleTimeline, TicksAfter } from '../time/schedule-timeline.ts';
import { iso, type Instant } from '../time/instant.ts';
import type { Schedule, ScheduleParser } from '../time/schedule.ts';
import type { JobSchedule, JobTicks } from './job-registry.ts';
import { errorText } from '../secrets/error-text.ts';

/** The ticks of one job: for whoever runs it, and for the rules that apply them to a player. */
interface Timeline {
  readonly all: RecordedSchedule;
  readonly sinceRegistration: RecordedSchedule;
  /** What was adopted last, to see whether the record has changed. */
  adopted: string;
  /** When the newest schedule that was adopted came on. A transaction of the host may look at an older state of the store. */
  newest: Instant;
}

/**
 * The ticks of an instance's jobs, as the store has their schedules on record. The newest registration counts for all
 * instances: one with older code runs the ticks on record and not those of its own schedule.
 */
export class JobTimelines {
  readonly #parser: ScheduleParser;
  readonly #logger: Logger;
  readonly #jobs = new Map<string, Timeline>();

  constructor(ports: { readonly schedules: ScheduleParser; readonly logger: Logger }) {
    this.#parser = ports.schedules;
    this.#logger = ports.logger;
  }

  /** Makes a job known with the schedule of this instance's code. Returns its ticks, now and once they are on record. */
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

  /** The ticks of a job that exist for players: those since it was registered first. */
  sinceRegistration(job: string): Schedule {
    return this.#jobs.get(job)!.sinceRegistration;
  }

  /**
   * Takes over what is on record. Returns the jobs whose ticks are other ones now.
   *
   * A job whose newest schedule this instance cannot read has no ticks here: it is left to the others, and a line in the
   * log says so. Where an older one cannot be read, its span has none.
   */
  adopt(recorded: readonly JobTicks[]): readonly string[] {
    const changed: string[] = [];
    const registered = new Set(recorded.map(({ job }) => job));
    for (const [job, { all, sinceRegistration, adopted }] of this.#jobs) {
      // No instance runs it: then it has no ticks yet that a player could wait for.
      if (adopted === '' && !registered.has(job)) sinceRegistration.adopt(new NoTicks(all));
    }
    for (const ticks of recorded) {
      const timeline = this.#jobs.get(ticks.job);
      const record = JSON.stringify([ticks.startsAfter, ticks.schedules]);
      const newest = ticks.schedules.at(-1)?.since ?? null;
      if (!timeline || newest === null || newest < timeline.newest || timeline.adopted === record) continue;
      timeline.adopted = record;
      timeline.newest = newest;
      const all = this.#read(ticks);
      timeline.all.adopt(all);
      timeline.sinceRegistration.adopt(new TicksAfter(all, ticks.startsAfter));
      changed.push(ticks.job);
    }
    return changed;
  }

  #read({ job, schedules }: JobTicks): Schedule {
    const segments = schedules.map((recorded) => ({
      since: recorded.since,
      schedule: this.#parse(job, recorded),
    }));
    const newest = segments.at(-1)!.schedule;
    return newest instanceof NoTicks ? newest : new ScheduleTimeline(segments);
  }

  #parse(job: string, { since, cron, timeZone }: JobSchedule): Schedule {
    try {
      return this.#parser.parse({ cron, timeZone });
    } catch (error) {
      this.#logger.error(
        'a schedule on record cannot be read here; this instance leaves its ticks to the others',
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

/** Stands for a schedule that cannot be read, or of which no instance runs a tick. */
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
