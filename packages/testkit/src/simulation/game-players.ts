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
  type Board,
  type Clock,
  type LeaderboardCache,
  type LivesRepository,
  type LeaderboardRules,
  type LivesRules,
  type Outbox,
  type PlayerRepository,
  type RankingRepository,
  type Schedules,
  type SessionRepository,
  type SessionRules,
  type StreakRepository,
  type StreakRules,
  type Transactions,
} from '@gamekeeper/core';
import fc from 'fast-check';
import type { PlannedAction } from './plan.ts';

/** What the players of the game do. Players and quizzes are numbered. */
export type GameAction =
  | { readonly do: 'start'; readonly player: number; readonly quiz: number }
  | { readonly do: 'complete'; readonly quiz: number; readonly xp: number }
  | { readonly do: 'award'; readonly player: number; readonly award: number; readonly xp: number }
  | { readonly do: 'grant'; readonly player: number };

/** The ports that the game's players need. */
export interface GamePorts {
  readonly transactions: Transactions;
  readonly outbox: Outbox;
  readonly players: PlayerRepository;
  readonly lives: LivesRepository;
  readonly streaks: StreakRepository;
  readonly sessions: SessionRepository;
  readonly rankings: RankingRepository;
  readonly leaderboardCache: LeaderboardCache;
}

/** The numbers and boards of a game. */
export interface GameRules {
  readonly lives: LivesRules;
  readonly streaks: StreakRules;
  readonly sessions: SessionRules;
  readonly leaderboards: LeaderboardRules;
  readonly boards: readonly Board[];
}

/** Some days of a few players: quizzes finished, finished too late or not at all, awards and protections. */
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

/** How the game's players act on a store. */
export function gamePlayers(
  store: GamePorts,
  {
    clock,
    schedules,
    rules,
  }: { readonly clock: Clock; readonly schedules: Schedules; readonly rules: GameRules },
): (action: GameAction) => Promise<string> {
  const { boards } = rules;
  const common = { clock, transactions: store.transactions };
  const lives = new PlayerLives({
    ...common,
    lives: store.lives,
    rules: rules.lives,
    schedule: schedules.parse({ cron: '*/30 * * * *' }),
  });
  const streaks = new PlayerStreaks({
    ...common,
    streaks: store.streaks,
    rules: rules.streaks,
    schedule: schedules.parse({ cron: '0 0 * * *' }),
  });
  const gameplay = new Gameplay({
    ...store,
    ...common,
    cache: store.leaderboardCache,
    lives,
    streaks,
    boards,
    rules,
    logger: silentLogger,
    newId: () => 'unused: every session here has an id of its own',
  });
  const nameOf = (player: number) => userId(`player-${player}`);
  return async (action) => {
    // Asked for now: what stands before the action in the store may take its time.
    const when = { at: clock.now() };
    switch (action.do) {
      case 'start': {
        const quiz = { userId: nameOf(action.player), sessionId: sessionId(`quiz-${action.quiz}`) };
        const result = await gameplay.startQuiz(quiz, when);
        return `${result.ok ? 'started' : result.reason}, ${result.lives.currentLives} lives`;
      }
      case 'complete': {
        const result = await gameplay.completeQuiz(
          { sessionId: sessionId(`quiz-${action.quiz}`), xp: action.xp },
          when,
        );
        if (!result.ok) return result.reason;
        const { currentStreak, protections } = result.streak;
        return `completed, streak ${currentStreak}, ${protections} protections, ${scores(result.award.scores)}`;
      }
      case 'award': {
        const award = {
          awardId: awardId(`award-${action.award}`),
          userId: nameOf(action.player),
          amount: action.xp,
        };
        const { counted, scores: now } = await gameplay.awardXp(award, when);
        return `${counted ? 'counted' : 'known'}, ${scores(now)}`;
      }
      case 'grant': {
        const result = await gameplay.grantProtection(nameOf(action.player), when);
        return `${result.ok ? 'granted' : result.reason}, ${result.streak.protections} protections`;
      }
    }
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
