import { createJobHost, type JobHost, type JobHostOptions } from '@gamekeeper/composition';
import { silentLogger, type Claim, type Clock, type RunObserver } from '@gamekeeper/core';
import type { HostModule } from '@gamekeeper/core/ports';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { HostClock } from '../time/host-clock.ts';
import { ProcessPorts, type PendingCalls } from './process-ports.ts';

/** What happens to a worker that people should see. */
export type WorkerNews =
  | { readonly kind: 'killed'; readonly worker: string; readonly run: Claim }
  | { readonly kind: 'took-over'; readonly worker: string; readonly run: Claim };

/** What a worker is made of. */
export interface WorkerParts {
  readonly name: string;
  readonly world: Clock;
  readonly calls: PendingCalls;
  readonly database: HostModule;
  readonly options: Partial<JobHostOptions>;
  readonly onNews: (news: WorkerNews) => void;
}

/** One instance of the backend that runs jobs; it can be killed in the middle of a run. */
export class Worker {
  readonly name: string;
  readonly clock: HostClock;
  readonly #ports: ProcessPorts;
  readonly #onNews: WorkerParts['onNews'];
  readonly #host: JobHost;
  #state: 'alive' | 'doomed' | 'killed' = 'alive';

  constructor({ name, world, calls, database, options, onNews }: WorkerParts) {
    this.name = name;
    this.clock = new HostClock(world);
    this.#ports = new ProcessPorts(calls);
    this.#onNews = onNews;
    this.#host = createJobHost({
      ...options,
      modules: [this.#ports.through(database), cronerScheduler()],
      clock: this.clock,
      // A host with a clock of its own follows the store's only if it is told to.
      engine: { maxClockSkewMs: 60_000 },
      instanceId: name,
      observers: [this.#observer()],
      logger: silentLogger,
    });
  }

  get state(): 'alive' | 'doomed' | 'killed' {
    return this.#state;
  }

  start(): Promise<void> {
    return this.#host.start();
  }

  /** Kills it in its next run: after it has claimed the tick, and before the batch is committed. */
  killInNextRun(): void {
    if (this.#state === 'alive') this.#state = 'doomed';
  }

  /** Takes it back, if no run has begun since. */
  spare(): void {
    if (this.#state === 'doomed') this.#state = 'alive';
  }

  /** Stops it as a deploy does; a killed one cannot be stopped. */
  async stop(): Promise<void> {
    if (this.#state !== 'killed') await this.#host.stop();
  }

  #observer(): RunObserver {
    return {
      runStarted: (run) => {
        if (run.fence > 1) this.#onNews({ kind: 'took-over', worker: this.name, run });
      },
      aroundBatch: (run, batch) => {
        if (this.#state === 'doomed') this.#kill(run);
        return batch();
      },
    };
  }

  #kill(run: Claim): void {
    this.#state = 'killed';
    this.#ports.end();
    this.clock.end();
    this.#onNews({ kind: 'killed', worker: this.name, run });
  }
}
