import {
  Gameplay,
  MINUTE_MS,
  PlayerLives,
  PlayerStreaks,
  awardId,
  iso,
  sessionId,
  silentLogger,
  userId,
  type AwardResult,
  type Clock,
  type Transactions,
} from '@gamekeeper/core';
import {
  ComposedQuizStore,
  type JobRegistry,
  type RunLedger,
  type LeaderboardCache,
  type LivesRepository,
  type Outbox,
  type PlayerLog,
  type PlayerRepository,
  type AwardRepository,
  type PeriodRepository,
  type PeriodResets,
  type RankingRepository,
  type StandingsArchive,
  type RuleHistory,
  type Schedule,
  type SessionRepository,
  type StreakRepository,
} from '@gamekeeper/core/ports';
import { timeZoneAt } from '@gamekeeper/core/engine';
import fc from 'fast-check';
import type { GameRecord } from './game-record.ts';
import type { GameRules } from './game-version.ts';
import type { PlannedAction } from './plan.ts';
import type { Players } from './scenario.ts';

/** The actions of the game's players. Players and quizzes are numbered. */
export type GameAction =
  | { readonly do: 'start'; readonly player: number; readonly quiz: number }
  | { readonly do: 'complete'; readonly quiz: number; readonly xp: number }
  | { readonly do: 'award'; readonly player: number; readonly award: number; readonly xp: number }
  | { readonly do: 'grant'; readonly player: number };

/** The ports that the players' actions need. */
export interface GamePorts {
  readonly transactions: Transactions;
  readonly outbox: Outbox;
  readonly playerLog: PlayerLog;
  readonly players: PlayerRepository;
  readonly lives: LivesRepository;
  readonly streaks: StreakRepository;
  readonly sessions: SessionRepository;
  readonly awards: AwardRepository;
  readonly periods: PeriodRepository;
  readonly rankings: RankingRepository;
  readonly periodResets: PeriodResets;
  readonly archive: StandingsArchive;
  readonly leaderboardCache: LeaderboardCache;
  readonly ledger: RunLedger;
  readonly jobRegistry: JobRegistry;
  readonly ruleHistory: RuleHistory;
}

/**
 * Generates several days of a few players: quizzes completed, completed too late or not at all, awards and
 * protections.
 */
export function gameActions(days: number): fc.Arbitrary<readonly PlannedAction<GameAction>[]> {
  const minutes = fc.integer({ min: 0, max: days * 24 * 60 - 1 });
  const player = fc.nat({ max: 3 });
  const quiz = fc.record({
    kind: fc.constant('quiz' as const),
    player,
    minutes,
    tookMinutes: fc.option(fc.integer({ min: 0, max: 12 }), { freq: 4 }),
    xp: fc.integer({ min: 0, max: 3 }),
  });
  const extra = fc.record({
    kind: fc.constantFrom('award' as const, 'grant' as const),
    player,
    minutes,
    xp: fc.integer({ min: 0, max: 3 }),
  });
  const plays = fc.oneof({ weight: 6, arbitrary: quiz }, { weight: 1, arbitrary: extra });
  return fc.array(plays, { maxLength: 60, size: 'max' }).map((all) =>
    all.flatMap((play, index): readonly PlannedAction<GameAction>[] => {
      const afterMs = play.minutes * MINUTE_MS;
      const { xp } = play;
      switch (play.kind) {
        case 'quiz': {
          const start = { afterMs, action: { do: 'start', player: play.player, quiz: index } } as const;
          if (play.tookMinutes === null) return [start];
          const end = afterMs + play.tookMinutes * MINUTE_MS + 1;
          return [start, { afterMs: end, action: { do: 'complete', quiz: index, xp } }];
        }
        case 'award':
          return [{ afterMs, action: { do: 'award', player: play.player, award: index, xp } }];
        case 'grant':
          return [{ afterMs, action: { do: 'grant', player: play.player } }];
      }
    }),
  );
}

/** Returns how the players' actions are performed on a store. */
export function gamePlayers(
  store: GamePorts,
  {
    clock,
    rules,
    record,
    appliesDueTicks,
  }: {
    readonly clock: Clock;
    readonly rules: GameRules;
    readonly record: GameRecord;
    readonly appliesDueTicks: boolean;
  },
): Players<GameAction> {
  const { boards } = rules;
  const common = { clock, transactions: store.transactions };
  const ticksOf = (job: 'life-regeneration' | 'streak-update') => {
    const schedule = record.scheduleOf(job);
    return {
      schedule: appliesDueTicks ? schedule : withoutTicks(schedule),
      ticks: record.ticksOf(job, store),
    };
  };
  const lives = new PlayerLives({
    ...common,
    lives: store.lives,
    rules: record.lives,
    ...ticksOf('life-regeneration'),
  });
  const streaks = new PlayerStreaks({
    ...common,
    streaks: store.streaks,
    rules: record.streaks,
    ...ticksOf('streak-update'),
  });
  const gameplay = new Gameplay({
    ...store,
    ...common,
    cache: store.leaderboardCache,
    lives,
    streaks,
    // Of the ports of this process, so that faults strike at each step.
    quizzes: new ComposedQuizStore(store),
    boards,
    rules: { ...rules, streaks: record.streaks },
    logger: silentLogger,
    newId: () => 'unused: every session here has an id of its own',
  });
  const nameOf = (player: number) => userId(`player-${player}`);
  return async (action, { at, tx, afterCommit }) => {
    const now = clock.now();
    // A real host refreshes the record periodically, also while no player acts.
    await record.look(store, tx);
    const when = { at: at ?? now, ...(tx && { tx }) };
    // Outside a host's transaction, the library has already updated the cache.
    const show = (award: AwardResult): void => {
      if (tx) afterCommit(() => gameplay.updateCachedScores(award));
    };
    switch (action.do) {
      case 'start': {
        const quiz = { userId: nameOf(action.player), sessionId: sessionId(`quiz-${action.quiz}`) };
        const result = await gameplay.startQuiz(quiz, when);
        return `${result.ok ? 'started' : result.reason}, ${result.lives.currentLives} lives`;
      }
      case 'complete': {
        const quiz = { sessionId: sessionId(`quiz-${action.quiz}`), xp: action.xp };
        const result = await gameplay.completeQuiz(quiz, when);
        if (!result.ok) return result.reason;
        show(result.award);
        const { currentStreak, protections } = result.streak;
        return `completed, streak ${currentStreak}, ${protections} protections, ${scores(result.award.scores)}`;
      }
      case 'award': {
        const award = {
          awardId: awardId(`award-${action.award}`),
          userId: nameOf(action.player),
          amount: action.xp,
          ...(at !== undefined && { earnedAt: at }),
        };
        const outcome = await gameplay.awardXp(award, { ...when, at: now });
        show(outcome);
        return `${outcome.counted ? 'counted' : 'known'}, ${scores(outcome.scores)}`;
      }
      case 'grant': {
        const result = await gameplay.grantProtection(nameOf(action.player), when);
        return `${result.ok ? 'granted' : result.reason}, ${result.streak.protections} protections`;
      }
    }
  };
}

/** Returns the schedule of players without due ticks. */
function withoutTicks(schedule: Schedule): Schedule {
  return {
    cron: schedule.cron,
    timeZone: schedule.timeZone,
    timeZoneAt: (at) => timeZoneAt(schedule, at),
    next: () => null,
    previous: () => null,
    between: () => [],
  };
}

function scores(of: Awaited<ReturnType<Gameplay['awardXp']>>['scores']): string {
  return of
    .map(({ board, period, score }) => {
      const at = score.lastXpAt === null ? '' : ` at ${iso(score.lastXpAt)}`;
      return `${board.key} ${period.key} ${score.score}${at}`;
    })
    .join(', ');
}
