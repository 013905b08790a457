import {
  silentLogger,
  type Instant,
  type LivesRules,
  type StreakRules,
  type Transaction,
} from '@gamekeeper/core';
import {
  type JobRegistry,
  type RuleHistory,
  type Schedule,
  type ScheduleParser,
} from '@gamekeeper/core/ports';
import { JobTimelines, RulesTimeline, timeZoneAt, type RecordedTicks } from '@gamekeeper/core/engine';
import { livesRules, streakRules, withRaises } from '@gamekeeper/core/game';
import { rulesOf, scheduleIn, type GameVersion } from './game-version.ts';

type Ports = { readonly jobRegistry: JobRegistry; readonly ruleHistory: RuleHistory };

const USUAL = { 'life-regeneration': '*/30 * * * *', 'streak-update': '0 0 * * *' } as const;

/** The recorded ticks and rules as known by a host of one version since its last refresh. */
export class GameRecord {
  readonly lives: RulesTimeline<LivesRules>;
  readonly streaks: RulesTimeline<StreakRules>;
  readonly #own: Parameters<RuleHistory['record']>[0];
  readonly #timelines: JobTimelines;

  constructor(version: GameVersion | null, schedules: ScheduleParser) {
    const { lives, streaks } = rulesOf(version);
    const { maxLives, regenMinutes } = lives;
    this.#own = { lives: { maxLives, regenMinutes }, streaks: { ...streaks } };
    this.lives = new RulesTimeline(lives, { read: (of) => livesRules(of), complete: withRaises });
    this.streaks = new RulesTimeline(streaks, { read: (of) => streakRules(of) });
    this.#timelines = new JobTimelines({ schedules, logger: silentLogger });
    for (const [job, cron] of Object.entries(USUAL)) {
      this.#timelines.add(job, schedules.parse(scheduleIn(version, job, { cron })));
    }
  }

  /** Records the rules of the version. */
  async record({ ruleHistory }: Ports, now: Instant): Promise<void> {
    await ruleHistory.record(this.#own, now);
  }

  /** Adopts what is recorded now. */
  async look({ jobRegistry, ruleHistory }: Ports, tx?: Transaction): Promise<void> {
    this.#timelines.adopt(await jobRegistry.ticks(tx));
    const changes = await ruleHistory.changes(tx);
    this.lives.adopt(changes.filter(({ name }) => name === 'lives'));
    this.streaks.adopt(changes.filter(({ name }) => name === 'streaks'));
  }

  /** Returns the ticks of a job that apply to players. */
  scheduleOf(job: keyof typeof USUAL): Schedule {
    return this.#timelines.sinceRegistration(job);
  }

  /** Returns the time zone whose days a tick of the streak job judges. */
  streakZone(tick: Instant): string {
    return timeZoneAt(this.scheduleOf('streak-update'), tick);
  }

  /** Returns a job's recorded ticks for player calls, which refresh on every call. */
  ticksOf(job: keyof typeof USUAL, ports: Ports): RecordedTicks {
    return {
      refresh: (tx) => this.look(ports, tx),
      watermark: (tx, next) => ports.jobRegistry.watermark(job, tx, next),
    };
  }
}
