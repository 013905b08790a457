import {
  Gameplay,
  Leaderboards,
  PlayerLives,
  PlayerStreaks,
  Players,
  type ScheduledJob,
} from '@gamekeeper/core';
import {
  engineTokens,
  gameTokens,
  hostTokens,
  type PendingCacheUpdates,
  type Token,
} from '@gamekeeper/core/ports';
import {
  recordedTicks,
  type InspectionPorts,
  type JobTimelines,
  type RecordRefresher,
} from '@gamekeeper/core/engine';
import { CachedBoards, CacheUpdater, type ExplainPorts, type WhatIfPorts } from '@gamekeeper/core/game';
import { randomUUID } from 'node:crypto';
import type { CheckedOptions } from './host-options.ts';
import type { RecordedRules } from './recorded-rules.ts';

export type Port = <T>(token: Token<T>) => T;

/** What the parts of a host are created from. */
export interface HostParts {
  readonly checked: CheckedOptions;
  readonly port: Port;
  readonly inspection: InspectionPorts;
  /** The stored ticks of the jobs and rules of the game, and what refreshes them. */
  readonly timelines: JobTimelines;
  readonly rules: RecordedRules;
  readonly refresh: RecordRefresher;
}

/** The services of a host for a backend's calls. */
export interface GameServices {
  readonly lives: PlayerLives;
  readonly streaks: PlayerStreaks;
  readonly gameplay: Gameplay;
  readonly leaderboards: Leaderboards;
  readonly players: Players;
  /** `null` if the boards are read from the store itself. */
  readonly cacheUpdater: CacheUpdater | null;
  /** What `host.explain` reads. */
  readonly explainPorts: ExplainPorts;
  /** What `host.whatIf` reads. */
  readonly whatIfPorts: WhatIfPorts;
}

/** Returns the services for a backend's calls on behalf of players; they use the schedules of the host's jobs. */
export function gameServices(
  { checked, port, timelines, rules, refresh }: HostParts,
  all: readonly (ScheduledJob & { readonly enabled: boolean })[],
  pending: PendingCacheUpdates | undefined,
): GameServices {
  const { boards } = checked;
  const jobRegistry = port(engineTokens.jobRegistry);
  const ticksOf = (job: string) => ({
    schedule: timelines.sinceRegistration(job),
    ticks: recordedTicks(job, jobRegistry, refresh),
  });
  const transactions = port(engineTokens.transactions);
  const clock = port(engineTokens.clock);
  const periods = port(gameTokens.periods);
  const rankings = port(gameTokens.rankings);
  const cache = port(gameTokens.leaderboardCache);
  const lives = new PlayerLives({
    lives: port(gameTokens.lives),
    transactions,
    clock,
    rules: rules.lives,
    ...ticksOf('life-regeneration'),
  });
  const streaks = new PlayerStreaks({
    streaks: port(gameTokens.streaks),
    transactions,
    clock,
    rules: rules.streaks,
    ...ticksOf('streak-update'),
  });
  const logger = port(engineTokens.logger);
  const keeps = pending && !cache.readsStore ? { pending } : {};
  const cachedBoards: CachedBoards = new CachedBoards({
    cache,
    boards,
    periods,
    players: port(gameTokens.players),
    clock,
    logger,
    outages: port(hostTokens.outages),
    ...keeps,
    expectUpdate: () => cacheUpdater?.expect(),
  });
  const cacheUpdater = keeps.pending
    ? new CacheUpdater({ pending: keeps.pending, cachedBoards, clock, logger, random: Math.random })
    : null;
  const gameplay = new Gameplay({
    transactions,
    clock,
    cache,
    awards: port(gameTokens.awards),
    periods,
    lives,
    streaks,
    boards,
    rules: {
      sessions: checked.rules.sessions,
      streaks: rules.streaks,
      leaderboards: checked.rules.leaderboards,
    },
    players: port(gameTokens.players),
    playerLog: port(gameTokens.playerLog),
    quizzes: port(gameTokens.quizzes),
    outbox: port(engineTokens.outbox),
    logger,
    outages: port(hostTokens.outages),
    cachedBoards,
    newId: randomUUID,
  });
  const leaderboards = new Leaderboards({
    boards,
    periods,
    rankings,
    archive: port(gameTokens.archive),
    cache,
    transactions,
    clock,
  });
  const players = new Players({
    playerImport: port(gameTokens.playerImport),
    players: port(gameTokens.players),
    playerRecords: port(gameTokens.playerRecords),
    playerLog: port(gameTokens.playerLog),
    lives: port(gameTokens.lives),
    streaks: port(gameTokens.streaks),
    awards: port(gameTokens.awards),
    outbox: port(engineTokens.outbox),
    cachedBoards,
    dueTicks: {
      lives: timelines.sinceRegistration('life-regeneration'),
      streaks: timelines.sinceRegistration('streak-update'),
    },
    newId: randomUUID,
    transactions,
    dryRuns: port(engineTokens.dryRuns),
    clock,
    logger,
    leaderboards,
    boards,
    rules: { lives: rules.lives, streaks: rules.streaks },
    // Also the ticks before a first registration, which may come after the import.
    streakSchedule: all.find(({ job }) => job.name === 'streak-update')!.schedule,
    ticks: recordedTicks('streak-update', jobRegistry, refresh),
    jobs: all.filter(({ job, enabled }) => job.appliedOnDemand && enabled),
  });
  const explainPorts = {
    playerLog: port(gameTokens.playerLog),
    streaks: port(gameTokens.streaks),
    clock,
    rules: rules.streaks,
    ...ticksOf('streak-update'),
  };
  const whatIfPorts = {
    lives: port(gameTokens.lives),
    streaks: port(gameTokens.streaks),
    rules: { lives: rules.lives, streaks: rules.streaks },
  };
  return { lives, streaks, gameplay, leaderboards, players, cacheUpdater, explainPorts, whatIfPorts };
}
