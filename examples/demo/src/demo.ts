import { createJobHost, type JobHost, type JobHostOptions } from '@gamekeeper/composition';
import { HOUR_MS, instant, silentLogger, type Instant, type Standing } from '@gamekeeper/core';
import { optionalTokens, type PinnableTime } from '@gamekeeper/core/ports';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock } from '@gamekeeper/testkit';
import { Crowd, type CrowdCounts } from './crowd/crowd.ts';
import { Pace } from './time/pace.ts';
import { PendingCalls, ProcessPorts } from './workers/process-ports.ts';
import { SharedDatabase } from './workers/shared-database.ts';
import { Worker } from './workers/worker.ts';
import { Workers, type News, type ShownWorker } from './workers/workers.ts';

/** Options of {@link startDemo}. */
export interface DemoOptions {
  readonly seed: number;
  readonly players: number;
}

/** The demo as its page shows it. */
export interface DemoState {
  readonly now: Instant;
  /** Minutes of the game for each second. */
  readonly speed: number;
  readonly crowd: CrowdCounts;
  readonly workers: readonly ShownWorker[];
  readonly news: readonly News[];
  readonly board: readonly Pick<Standing, 'rank' | 'userId' | 'username' | 'score'>[];
}

/** A running demo. */
export interface Demo {
  /** The host that serves players and the dashboard; it runs no jobs. */
  readonly host: JobHost;
  readonly pace: Pace;
  readonly workers: Workers;
  readonly state: () => Promise<DemoState>;
  readonly stop: () => Promise<void>;
}

/** A Sunday: the first reset of the week comes after twelve hours. */
const START = instant('2026-11-22T12:00:00Z');

const game: Partial<JobHostOptions> = {
  boards: [
    { key: 'global', period: 'all' },
    { key: 'daily', period: 'day' },
    { key: 'weekly', period: 'week' },
    { key: 'monthly', period: 'month' },
  ],
  rules: { streaks: { initialProtections: 1 } },
  // Health is judged less often than by default: each evaluation is an instant of its own.
  health: { watchIntervalMs: HOUR_MS / 4 },
};

/** Starts an embedded database, two workers, a host for the players, and time. */
export async function startDemo({ seed, players }: DemoOptions): Promise<Demo> {
  const calls = new PendingCalls();
  const database = new SharedDatabase();
  const pinned = (): PinnableTime => host.container.get<PinnableTime>(optionalTokens.pinnableTime.symbol);
  const clock: VirtualClock = new VirtualClock(START, {
    settle: () => calls.settled(),
    beforeMove: (to) => pinned().pin(to),
  });
  const host = createJobHost({
    ...game,
    modules: [new ProcessPorts(calls).through(database.module()), cronerScheduler()],
    clock,
    instanceId: 'backend',
    logger: silentLogger,
  });
  await openAt(host, clock.now());
  const workers = new Workers(
    ['worker-a', 'worker-b'],
    clock,
    (parts) => new Worker({ ...parts, world: clock, calls, database: database.module(), options: game }),
  );
  await workers.start();
  const crowd = new Crowd(host, { from: START, seed, players });
  const pace = new Pace(clock, crowd);
  pace.start();
  return {
    host,
    pace,
    workers,
    state: async () => ({
      now: clock.now(),
      speed: pace.speed,
      crowd: crowd.counts,
      workers: workers.shown,
      news: workers.news,
      board: (await host.leaderboards.top('weekly', { limit: 8 })).standings,
    }),
    stop: async () => {
      await pace.stop();
      await workers.stop();
      await host.stop();
      await database.close();
    },
  };
}

/** Opens the host with the database's clock at an instant. */
async function openAt(host: JobHost, at: Instant): Promise<void> {
  await host.open();
  await host.container.get<PinnableTime>(optionalTokens.pinnableTime.symbol).pin(at);
}
