import { createJobHost, type JobHost } from '@gamekeeper/composition';
import {
  iso,
  later,
  sessionId,
  silentLogger,
  tokens,
  type HostModule,
  type Instant,
  type Outbox,
  type SessionId,
} from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock } from '@gamekeeper/testkit';
import type { Quiz } from './activity.ts';
import { timeline, type Happening } from './timeline.ts';

const builtInJobs = [
  'life-regeneration',
  'streak-update',
  'session-cleanup',
  'leaderboard-reset-weekly',
  'leaderboard-reset-monthly',
  'leaderboard-recalculation',
  'job-health',
];

/** What a replay counts as it goes. */
export interface Tally {
  readonly refused: { readonly noLives: number; readonly expired: number };
  readonly started: number;
  /** `started_at` as the file has it, by session. */
  readonly startedAtTexts: ReadonlyMap<SessionId, string>;
  /** Completed runs by job, and the milliseconds of real time that they took. */
  readonly runs: ReadonlyMap<string, { readonly count: number; readonly ms: number }>;
}

/** A replay that has come to its end, with the host still open to be read. */
export interface Replayed {
  readonly host: JobHost;
  readonly outbox: Outbox;
  readonly tally: Tally;
}

/**
 * Plays a history through the public API on a virtual clock: players' actions as a backend would call them, ticks by
 * the job engine, one after the other in order of time. The caller stops the host.
 */
export async function replay({
  store,
  quizzes,
  from,
  to,
  onProgress = () => undefined,
}: {
  readonly store: HostModule;
  readonly quizzes: readonly Quiz[];
  /** Exclusive. */
  readonly from: Instant;
  /** Inclusive. */
  readonly to: Instant;
  readonly onProgress?: (now: Instant, runs: number) => void;
}): Promise<Replayed> {
  // Ticks count from the registration on, and the one at `from` does not belong to the replay.
  const clock = new VirtualClock(later(from, 1));
  const host = createJobHost({
    modules: [store, cronerScheduler()],
    clock,
    logger: silentLogger,
    // Time is exact here: nothing is still on its way when a period ends.
    rules: { leaderboards: { sealGraceSeconds: 0 } },
    // A pause before another try would last for ever: time goes on with the history only.
    settings: Object.fromEntries(builtInJobs.map((job) => [job, { retry: { attempts: 1 } }])),
  });
  await host.open();
  const player = new Player(host);
  try {
    for (const happening of timeline(host.jobs, quizzes, from, to)) {
      clock.jumpTo(happening.at);
      await player.play(happening);
      onProgress(happening.at, player.runCount);
    }
  } catch (error) {
    await host.stop();
    throw error;
  }
  return { host, outbox: host.container.get<Outbox>(tokens.outbox.symbol), tally: player };
}

/** Plays one happening after the other on a host, and keeps count. */
class Player implements Tally {
  readonly refused = { noLives: 0, expired: 0 };
  readonly runs = new Map<string, { count: number; ms: number }>();
  readonly startedAtTexts = new Map<SessionId, string>();
  started = 0;
  runCount = 0;
  readonly #host: JobHost;

  constructor(host: JobHost) {
    this.#host = host;
  }

  async play(happening: Happening): Promise<void> {
    switch (happening.kind) {
      case 'tick':
        return this.#tick(happening.job, happening.at);
      case 'start':
        return this.#start(happening.row, happening.quiz);
      case 'completion':
        return this.#complete(happening.row, happening.quiz);
    }
  }

  async #tick(job: string, tick: Instant): Promise<void> {
    const startedAt = performance.now();
    const outcome = await this.#host.runNow(job, { tick });
    if (outcome.kind !== 'ran' || outcome.report.end !== 'succeeded') {
      throw new Error(`the run of ${job} at ${iso(tick)} did not succeed`, {
        cause: outcome.kind === 'ran' ? outcome.report.error : outcome,
      });
    }
    const { count, ms } = this.runs.get(job) ?? { count: 0, ms: 0 };
    this.runs.set(job, { count: count + 1, ms: ms + performance.now() - startedAt });
    this.runCount += 1;
  }

  async #start(row: number, { player, startedAtText }: Quiz): Promise<void> {
    const id = sessionOf(row);
    const { ok } = await this.#host.gameplay.startQuiz({ userId: player, sessionId: id });
    if (!ok) {
      this.refused.noLives += 1;
      return;
    }
    this.started += 1;
    this.startedAtTexts.set(id, startedAtText);
  }

  async #complete(row: number, { xp }: Quiz): Promise<void> {
    const id = sessionOf(row);
    // A quiz whose start was refused was not played.
    if (!this.startedAtTexts.has(id)) return;
    const result = await this.#host.gameplay.completeQuiz({ sessionId: id, xp });
    if (result.ok) return;
    if (result.reason !== 'expired') throw new Error(`quiz ${id} could not be finished: ${result.reason}`);
    this.refused.expired += 1;
  }
}

function sessionOf(row: number): SessionId {
  return sessionId(`quiz-${row + 1}`);
}
