import { jobHealthCheck, type Board, type Instant, type JobDefinition } from '@gamekeeper/core';
import { engineTokens, gameTokens, type Token, type Prunable } from '@gamekeeper/core/ports';
import { retention, type InspectionPorts } from '@gamekeeper/core/engine';
import {
  leaderboardRecalculation,
  leaderboardReset,
  lifeRegeneration,
  sessionCleanup,
  streakUpdate,
} from '@gamekeeper/core/game';
import type { GameRules } from './host-options.ts';
import type { RecordedRules } from './recorded-rules.ts';

interface BuiltInJobOptions {
  readonly rules: GameRules;
  readonly boards: readonly Board[];
  /** The stored rules of lives and streaks. */
  readonly recorded: RecordedRules;
  /** Returns the time zone of the streak job's schedule at a tick. */
  readonly streakZone: (tick: Instant) => string;
  /** What is needed to evaluate the health of jobs. */
  readonly inspection: InspectionPorts;
}

/** Returns the jobs of every host, in the order in which they run when several are due at one instant. */
export function builtInJobs(
  port: <T>(token: Token<T>) => T,
  { rules, boards, recorded, streakZone, inspection }: BuiltInJobOptions,
): readonly JobDefinition[] {
  const periods = port(gameTokens.periods);
  const periodResets = port(gameTokens.periodResets);
  const rankings = port(gameTokens.rankings);
  const cache = port(gameTokens.leaderboardCache);
  const outbox = port(engineTokens.outbox);
  const lives = port(gameTokens.lives);
  const spends: Prunable = { prune: (tx, cut) => lives.pruneSpends(tx, cut) };
  const resets = boards.map((board) =>
    leaderboardReset(board, { periods, periodResets, rankings, cache, outbox, rules: rules.leaderboards }),
  );
  return [
    lifeRegeneration({ lives, rules: recorded.lives }),
    streakUpdate({ streaks: port(gameTokens.streaks), rules: recorded.streaks, timeZone: streakZone }),
    sessionCleanup({ sessions: port(gameTokens.sessions) }),
    ...resets.filter((job) => job !== null),
    leaderboardRecalculation({ boards, periods, rankings, cache }),
    jobHealthCheck(inspection),
    retention([
      { prunable: port(engineTokens.ledger), days: rules.retention.runsDays },
      { prunable: port(engineTokens.failedItems), days: rules.retention.failedItemsDays },
      { prunable: port(engineTokens.alertLog), days: rules.retention.alertsDays },
      { prunable: port(engineTokens.actionLog), days: rules.retention.operatorActionsDays },
      { prunable: outbox, days: rules.retention.eventsDays },
      { prunable: spends, days: rules.retention.spendKeysDays },
      { prunable: port(gameTokens.playerLog), days: rules.retention.playerLogDays },
    ]),
  ];
}
