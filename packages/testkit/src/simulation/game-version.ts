import {
  defaultBoards,
  type Board,
  type BoardOptions,
  type LeaderboardRules,
  type LivesRules,
  type ScheduleSpec,
  type SessionRules,
  type StreakRules,
} from '@gamekeeper/core';
import { defineBoards, leaderboardRules, livesRules, sessionRules, streakRules } from '@gamekeeper/core/game';
import fc from 'fast-check';

/** What a version of the game changes in the first one: rules, boards by key and schedules by job. */
export type GameVersion = {
  readonly lives?: { readonly maxLives?: number; readonly regenMinutes?: number };
  readonly streaks?: {
    readonly breakAfterHours?: number;
    readonly maxProtections?: number;
    readonly initialProtections?: number;
  };
  readonly sessions?: { readonly timeoutMinutes?: number };
  readonly boards?: {
    readonly [key: string]: Partial<Pick<BoardOptions, 'period' | 'timeZone' | 'weekStart'>>;
  };
  readonly schedules?: { readonly [job: string]: Pick<ScheduleSpec, 'cron' | 'timeZone'> };
};

/** The rules and boards of a game. */
export interface GameRules {
  readonly lives: LivesRules;
  readonly streaks: StreakRules;
  readonly sessions: SessionRules;
  readonly leaderboards: LeaderboardRules;
  readonly boards: readonly Board[];
}

const known = new Map<string, GameRules>();

/** Returns the rules of a version; `null` is the first. Cached, because checking time zones is slow. */
export function rulesOf(version: GameVersion | null): GameRules {
  const name = JSON.stringify(version);
  const rules = known.get(name) ?? checkedRules(version);
  if (known.size > 1_000) known.clear();
  known.set(name, rules);
  return rules;
}

function checkedRules(version: GameVersion | null): GameRules {
  const { lives, streaks, sessions, boards = {} } = version ?? {};
  const changed = defaultBoards.map((board): BoardOptions => ({ ...board, ...boards[board.key] }));
  return {
    lives: livesRules(lives),
    streaks: streakRules(streaks),
    sessions: sessionRules(sessions),
    leaderboards: leaderboardRules(),
    boards: defineBoards(changed),
  };
}

/** Returns a job's schedule in a version: the version's own, or the job's default. */
export function scheduleIn(version: GameVersion | null, job: string, usual: ScheduleSpec): ScheduleSpec {
  return version?.schedules?.[job] ?? usual;
}

const ZONES = ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Kiritimati'];

/** Generates versions that change some schedules, boards and rules. */
export function gameVersions(): fc.Arbitrary<GameVersion> {
  const timeZone = fc.constantFrom(...ZONES);
  const lives = optional({
    maxLives: fc.constantFrom(1, 3, 4, 6, 10),
    regenMinutes: fc.constantFrom(10, 60, 240),
  });
  const streaks = optional({
    breakAfterHours: fc.constantFrom(12, 24, 72),
    maxProtections: fc.constantFrom(2, 3, 5),
    initialProtections: fc.constantFrom(0, 1, 2),
  });
  const sessions = optional({ timeoutMinutes: fc.constantFrom(3, 60) });
  const boards = optional({
    weekly: optional({
      period: fc.constantFrom('month' as const, 'day' as const),
      timeZone,
      weekStart: fc.constantFrom(0, 4, 6),
    }),
    monthly: optional({ period: fc.constantFrom('week' as const, 'day' as const), timeZone }),
  });
  const schedules = optional({
    'life-regeneration': fc.record({ cron: fc.constantFrom('*/20 * * * *', '0 * * * *', '10 */2 * * *') }),
    'streak-update': fc.oneof(
      fc.record({ cron: fc.constantFrom('30 3 * * *', '0 12 * * *') }),
      fc.record({ cron: fc.constant('0 0 * * *'), timeZone }),
    ),
    'session-cleanup': fc.record({ cron: fc.constantFrom('*/15 * * * *', '20 */3 * * *') }),
    tally: fc.record({ cron: fc.constantFrom('30 */4 * * *', '0 */6 * * *') }),
  });
  // Few changes at a time: one must not hide another.
  const part = fc.oneof(
    fc.record({ lives }),
    fc.record({ streaks }),
    fc.record({ sessions }),
    fc.record({ boards }),
    fc.record({ schedules }),
  );
  return fc
    .array(part, { minLength: 1, maxLength: 2, size: 'max' })
    .map((parts): GameVersion => Object.assign({}, ...parts) as GameVersion);
}

/** Generates objects with any subset of the properties. */
function optional<Properties extends object>(properties: {
  readonly [Name in keyof Properties]: fc.Arbitrary<Properties[Name]>;
}): fc.Arbitrary<Partial<Properties>> {
  return fc.record(properties, { requiredKeys: [] }) as fc.Arbitrary<Partial<Properties>>;
}
