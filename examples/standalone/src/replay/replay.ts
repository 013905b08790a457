import { createJobHost, type JobHost } from '@gamekeeper/composition';
import { later, silentLogger, tokens, type HostModule, type Instant, type Outbox } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock } from '@gamekeeper/testkit';
import type { Quiz } from './activity.ts';
import { timeline, type Happening } from './timeline.ts';

/** What a replay counts as it goes. */
export interface Tally {
  readonly players: ReadonlySet<string>;
  readonly refusedNoLives: number;
  readonly startsAccepted: number;
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
  const host = createJobHost({ modules: [store, cronerScheduler()], clock, logger: silentLogger });
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
  readonly players = new Set<string>();
  readonly runs = new Map<string, { count: number; ms: number }>();
  refusedNoLives = 0;
  startsAccepted = 0;
  runCount = 0;
  readonly #host: JobHost;

  constructor(host: JobHost) {
    this.#host = host;
  }

  async play(happening: Happening): Promise<void> {
    if (happening.kind === 'tick') return this.#tick(happening.job, happening.at);
    if (happening.kind === 'start') return this.#start(happening.quiz);
  }

  async #tick(job: string, tick: Instant): Promise<void> {
    const startedAt = performance.now();
    const outcome = await this.#host.runNow(job, { tick });
    if (outcome.kind !== 'ran' || outcome.report.end !== 'succeeded') {
      throw new Error(`the run of ${job} at ${new Date(tick).toISOString()} did not succeed`, {
        cause: outcome.kind === 'ran' ? outcome.report.error : outcome,
      });
    }
    const { count, ms } = this.runs.get(job) ?? { count: 0, ms: 0 };
    this.runs.set(job, { count: count + 1, ms: ms + performance.now() - startedAt });
    this.runCount += 1;
  }

  async #start({ player }: Quiz): Promise<void> {
    this.players.add(player);
    const { ok } = await this.#host.lives.spend(player);
    if (ok) this.startsAccepted += 1;
    else this.refusedNoLives += 1;
  }
}
