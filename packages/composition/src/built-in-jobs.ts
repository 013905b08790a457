import {
  leaderboardRecalculation,
  leaderboardReset,
  healthCheck,
  lifeRegeneration,
  sessionCleanup,
  streakUpdate,
  tokens,
  type Board,
  type JobDefinition,
  type RunObserver,
  type ScheduledJob,
  type Token,
} from '@gamekeeper/core';
import type { GameRules } from './host-options.ts';

interface BuiltInJobOptions {
  readonly rules: GameRules;
  readonly boards: readonly Board[];
  /** The zone of the streak job's schedule. */
  readonly streakZone: string;
  /** All jobs of the host, once they are known. */
  readonly jobs: () => readonly ScheduledJob[];
  readonly observer: Required<RunObserver>;
}

/** The jobs that every host has, in the order in which they run when several are due at one instant. */
export function builtInJobs(
  port: <T>(token: Token<T>) => T,
  { rules, boards, streakZone, jobs, observer }: BuiltInJobOptions,
): readonly JobDefinition[] {
  const rankings = port(tokens.rankings);
  const cache = port(tokens.leaderboardCache);
  const outbox = port(tokens.outbox);
  const resets = boards.map((board) =>
    leaderboardReset(board, { rankings, cache, outbox, rules: rules.leaderboards }),
  );
  return [
    lifeRegeneration({ lives: port(tokens.lives), rules: rules.lives }),
    streakUpdate({ streaks: port(tokens.streaks), rules: rules.streaks, zone: streakZone }),
    sessionCleanup({ sessions: port(tokens.sessions) }),
    ...resets.filter((job) => job !== null),
    leaderboardRecalculation({ boards, rankings, cache }),
    healthCheck({ ledger: port(tokens.ledger), jobs, observer }),
  ];
}
