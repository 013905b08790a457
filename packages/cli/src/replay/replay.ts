import { createJobHost, type JobHost, type JobHostOptions } from '@gamekeeper/composition';
import {
  iso,
  addMs,
  sessionId,
  silentLogger,
  type Clock,
  type Instant,
  type SessionId,
} from '@gamekeeper/core';
import { engineTokens, type HostModule, type Outbox } from '@gamekeeper/core/ports';
import { defineBoards, resetJobName } from '@gamekeeper/core/game';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock } from '@gamekeeper/testkit';
import type { Quiz } from './activity.ts';
import { timeline, type Action, type TimelineEvent } from './timeline.ts';

/** The parts of a configuration that a replay uses: its rules, not its own jobs, channels and modules. */
export type GameConfig = Pick<JobHostOptions, 'rules' | 'boards' | 'jobOverrides'>;

/** Counters of a replay. */
export interface ReplayCounts {
  readonly refused: { readonly noLives: number; readonly expired: number };
  readonly started: number;
  /** `started_at` as written in the file, by session. */
  readonly startedAtTexts: ReadonlyMap<SessionId, string>;
  /** Completed runs by job, and their total duration in milliseconds of real time. */
  readonly runs: ReadonlyMap<string, { readonly count: number; readonly ms: number }>;
}

/** Options of {@link replay}. */
export interface ReplayOptions {
  readonly store: HostModule;
  readonly quizzes: readonly Quiz[];
  /** Exclusive. */
  readonly from: Instant;
  /** Inclusive. */
  readonly to: Instant;
  readonly onProgress?: (now: Instant, runs: number) => void;
  /** The rules, boards and job overrides of the game. Default: the defaults of a host. */
  readonly game?: GameConfig;
  /** Stops the replay between two instants. */
  readonly signal?: AbortSignal;
}

/** A finished replay, with the host still open for reading. */
export interface FinishedReplay {
  readonly host: JobHost;
  readonly outbox: Outbox;
  readonly counts: ReplayCounts;
  /** Closes everything that the replay opened. */
  readonly close: () => Promise<unknown>;
}

/**
 * Replays a history through the public API on a virtual clock: players' actions as a backend would call them, ticks by
 * the job engine, in order of time. The caller stops the host.
 */
export async function replay({
  store,
  quizzes,
  from,
  to,
  onProgress = () => undefined,
  game = {},
  signal,
}: ReplayOptions): Promise<FinishedReplay> {
  // Ticks count from the registration on, and a tick at `from` is not part of the replay.
  const clock = new VirtualClock(addMs(from, 1));
  const host = replayHost({ store, clock, game });
  await host.open();
  const player = new ReplayDriver(host);
  try {
    for (const happening of timeline(host.jobs, quizzes, from, to)) {
      signal?.throwIfAborted();
      clock.jumpTo(happening.at);
      await player.play(happening);
      onProgress(happening.at, player.runCount);
    }
  } catch (error) {
    await host.stop();
    throw error;
  }
  return {
    host,
    outbox: host.container.get<Outbox>(engineTokens.outbox.symbol),
    counts: player,
    close: () => host.stop(),
  };
}

/** Returns a host whose time only advances with the history. */
export function replayHost({
  store,
  clock,
  game = {},
  modules = [cronerScheduler()],
  ...more
}: {
  readonly store: HostModule;
  readonly clock: Clock;
  readonly game?: GameConfig;
  /** The modules beside the store. Default: schedules by Croner. */
  readonly modules?: readonly HostModule[];
} & Pick<JobHostOptions, 'engine' | 'instanceId' | 'jobOverrides'>): JobHost {
  return createJobHost({
    modules: [store, ...modules],
    clock,
    logger: silentLogger,
    ...(game.boards && { boards: game.boards }),
    // Time is exact here: no award arrives after the end of a period.
    rules: { ...game.rules, leaderboards: { ...game.rules?.leaderboards, sealGraceSeconds: 0 } },
    ...more,
    jobOverrides: {
      ...Object.fromEntries(
        // Time does not pass during a run, so a delay before a retry would never end.
        gameJobs(game).map((job) => [
          job,
          { ...game.jobOverrides?.[job], ...more.jobOverrides?.[job], retry: { maxAttempts: 1 } },
        ]),
      ),
      // The result is read from everything that was played.
      retention: { enabled: false },
    },
  });
}

/** Returns the built-in jobs of a game. */
function gameJobs({ boards }: GameConfig): readonly string[] {
  const resets = defineBoards(boards).filter(({ period }) => period !== 'all');
  return [
    'life-regeneration',
    'streak-update',
    'session-cleanup',
    ...resets.map(resetJobName),
    'leaderboard-recalculation',
    'job-health',
  ];
}

/** Applies one event after the other to a host and counts. */
export class ReplayDriver implements ReplayCounts {
  readonly refused: { noLives: number; expired: number } = { noLives: 0, expired: 0 };
  readonly runs: Map<string, { count: number; ms: number }> = new Map();
  readonly startedAtTexts: Map<SessionId, string> = new Map();
  started = 0;
  runCount = 0;
  readonly #host: JobHost;

  constructor(host: JobHost) {
    this.#host = host;
  }

  async play(happening: TimelineEvent): Promise<void> {
    if (happening.kind === 'tick') await this.#tick(happening.job, happening.at);
    else await this.act(happening, this.#host);
  }

  /** Runs a player's action on a host. An action that threw may be repeated: it is counted when it succeeds. */
  act(happening: Action, host: JobHost): Promise<void> {
    return happening.kind === 'start'
      ? this.#start(happening.row, happening.quiz, host)
      : this.#complete(happening.row, happening.quiz, host);
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

  async #start(row: number, { player, startedAtText }: Quiz, host: JobHost): Promise<void> {
    const id = sessionOf(row);
    const { ok } = await host.gameplay.startQuiz({ userId: player, sessionId: id });
    if (!ok) {
      this.refused.noLives += 1;
      return;
    }
    this.started += 1;
    this.startedAtTexts.set(id, startedAtText);
  }

  async #complete(row: number, { xp }: Quiz, host: JobHost): Promise<void> {
    const id = sessionOf(row);
    // A quiz that could not start was not played.
    if (!this.startedAtTexts.has(id)) return;
    const result = await host.gameplay.completeQuiz({ sessionId: id, xp });
    // Completed before, by a call whose response was lost.
    if (result.ok || result.reason === 'already-completed') return;
    if (result.reason !== 'expired') throw new Error(`quiz ${id} could not be completed: ${result.reason}`);
    this.refused.expired += 1;
  }
}

function sessionOf(row: number): SessionId {
  return sessionId(`quiz-${row + 1}`);
}
