import {
  pinDatabaseClock,
  postgresAdapters,
  postgresDatabase,
  type PostgresDatabase,
} from '@gamekeeper/adapters-postgres';
import { loadReplay, type TimelineEvent, type FinishedReplay, type ReplayOptions } from '@gamekeeper/cli';
import { createJobHost, type JobHost } from '@gamekeeper/composition';
import { addMs, type Instant, type ScheduledJob } from '@gamekeeper/core';
import { engineTokens, type Outbox } from '@gamekeeper/core/ports';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock } from '@gamekeeper/testkit';
import { setTimeout as pause } from 'node:timers/promises';
import type { Cast } from './cast.ts';
import { gameOptions } from './game-options.ts';
import type { Stranger } from './stranger.ts';

const { ReplayDriver, timeline } = await loadReplay();

const STEP_WITHIN_MS = 400;
/** A server that crashed is back long before. */
const ACKNOWLEDGED_WITHIN_MS = 60_000;

/**
 * Moves the clock that everybody shares, the database's, from instant to instant, and plays what the players do. Each
 * action is repeated until it is acknowledged. What is due, the hosts do among themselves, now or when they can.
 */
export class Conductor {
  /** The players' repeated actions. */
  retries = 0;
  readonly #clock: VirtualClock;
  readonly #host: JobHost;
  readonly #player: InstanceType<typeof ReplayDriver>;
  readonly #from: Instant;
  readonly #random: () => number;
  readonly #stranger: Stranger;

  constructor({
    url,
    from,
    random,
    stranger,
  }: {
    readonly url: string;
    readonly from: Instant;
    readonly random: () => number;
    readonly stranger: Stranger;
  }) {
    this.#stranger = stranger;
    this.#from = from;
    this.#random = random;
    this.#clock = new VirtualClock(addMs(from, 1));
    this.#host = createJobHost({
      ...gameOptions,
      modules: [postgresAdapters({ url, poolSize: 3, pinnableClock: true }), cronerScheduler()],
      clock: this.#clock,
      instanceId: 'conductor',
    });
    this.#player = new ReplayDriver(this.#host);
  }

  async open(): Promise<void> {
    await this.#host.open();
    await this.#pin(this.#clock.now());
  }

  get host(): JobHost {
    return this.#host;
  }

  /** Plays until the end of the history, or until time is up. Answers through which instant. */
  async play(
    cast: Cast,
    { quizzes, from, to, onProgress }: Omit<ReplayOptions, 'store'>,
    isTimeUp: () => boolean,
  ): Promise<Instant> {
    // Jobs that may pass over ticks are content with those at which others are due: fewer steps, more history.
    const jobs = this.#host.jobs.filter(({ job }) => job.missedTicks === 'every');
    let steps = 0;
    let end = to;
    for (const happening of timeline(jobs, quizzes, from, to)) {
      if (happening.at > end) break;
      if (happening.kind === 'tick') {
        if (happening.at === this.#clock.now()) continue;
        // Half an hour is left then, for settling, until the next tick.
        if (isTimeUp()) end = happening.at;
        await this.#step(cast, happening.at);
        steps += 1;
        onProgress?.(happening.at, steps);
      } else {
        await this.#act(happening);
      }
    }
    return end;
  }

  /** Lets little time pass until nothing is owed any more. Answers what still is. */
  async settle(cast: Cast, to: Instant): Promise<readonly string[]> {
    let owed: readonly string[] = [];
    for (let round = 1; round <= 12; round += 1) {
      const now = addMs(to, round * 20_000);
      await this.#pin(now);
      await cast.advance(now, 10_000);
      owed = await this.#owed(to);
      if (owed.length === 0) break;
    }
    return owed;
  }

  end(): FinishedReplay {
    const outbox = this.#host.container.get<Outbox>(engineTokens.outbox.symbol);
    return { host: this.#host, outbox, counts: this.#player, close: () => this.#host.stop() };
  }

  /** Ends a share of the connections to the server, including those of the conductor. */
  async dropConnections(share: number): Promise<number> {
    const connection = this.#database.orm.em.getConnection();
    const dropped = await this.#untilAcknowledged(async () =>
      connection.execute<readonly object[]>(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where backend_type = 'client backend' and pid <> pg_backend_pid() and random() < ${share}`,
      ),
    );
    return dropped.length;
  }

  async #step(cast: Cast, at: Instant): Promise<void> {
    await this.#pin(at);
    // Now and then the world does not wait for the hosts: what is due then is done late.
    await cast.advance(at, this.#random() < 0.1 ? 0 : STEP_WITHIN_MS);
  }

  async #act(action: Exclude<TimelineEvent, { kind: 'tick' }>): Promise<void> {
    this.#clock.jumpTo(action.at);
    await this.#untilAcknowledged(() =>
      this.#stranger.watch(action.quiz.player, () => this.#player.act(action, this.#host)),
    );
  }

  async #pin(at: Instant): Promise<void> {
    this.#clock.jumpTo(at);
    await this.#untilAcknowledged(() => pinDatabaseClock(this.#database, at));
  }

  async #owed(to: Instant): Promise<readonly string[]> {
    const owed: string[] = [];
    for (const { job, schedule } of this.#host.jobs) {
      const [newest] = await this.#untilAcknowledged(() => this.#host.runs(job.name, { limit: 1 }));
      const last = lastTick({ job, schedule }, this.#from, to);
      const isSettled =
        newest?.status !== 'running' &&
        (last === null || (newest !== undefined && newest.tick.getTime() >= last));
      if (!isSettled) owed.push(job.name);
    }
    return owed;
  }

  async #untilAcknowledged<Result>(call: () => Promise<Result>): Promise<Result> {
    const giveUpAt = performance.now() + ACKNOWLEDGED_WITHIN_MS;
    for (;;) {
      try {
        return await call();
      } catch (error) {
        if (!isUnavailable(error) || performance.now() > giveUpAt) throw error;
        this.retries += 1;
        await pause(20);
      }
    }
  }

  get #database(): PostgresDatabase {
    return this.#host.container.get<PostgresDatabase>(postgresDatabase.symbol);
  }
}

function lastTick({ job, schedule }: ScheduledJob, from: Instant, to: Instant): Instant | null {
  if (job.missedTicks === 'none') return null;
  const last = schedule.previous(addMs(to, 1));
  return last !== null && last > from ? last : null;
}

function isUnavailable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'STORE_UNAVAILABLE';
}
