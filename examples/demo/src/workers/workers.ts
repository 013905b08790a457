import { HOUR_MS, addMs, iso, type Clock, type Instant } from '@gamekeeper/core';
import type { Worker, WorkerNews, WorkerParts } from './worker.ts';

/** When a killed worker is started again, in the game's time. */
const RESTART_MS = 12 * HOUR_MS;
const MOST_NEWS = 12;

/** A line about the workers, and when it happened. */
export interface News {
  readonly at: Instant;
  readonly text: string;
}

/** A worker as a page shows it. */
export interface ShownWorker {
  readonly name: string;
  readonly state: 'alive' | 'doomed' | 'killed';
  readonly isClockStopped: boolean;
}

/** The workers of the demo: killed ones are started again, as an orchestrator does. */
export class Workers {
  readonly #names: readonly string[];
  readonly #create: (parts: Pick<WorkerParts, 'name' | 'onNews'>) => Worker;
  readonly #world: Clock;
  readonly #starts = new Map<string, number>();
  #workers: readonly Worker[] = [];
  #news: readonly News[] = [];

  /** @param create returns a worker that has not been started */
  constructor(
    names: readonly string[],
    world: Clock,
    create: (parts: Pick<WorkerParts, 'name' | 'onNews'>) => Worker,
  ) {
    this.#names = names;
    this.#world = world;
    this.#create = create;
  }

  /** The newest first. */
  get news(): readonly News[] {
    return this.#news;
  }

  get shown(): readonly ShownWorker[] {
    return this.#workers.map(({ name, state, clock }) => ({ name, state, isClockStopped: clock.isStopped }));
  }

  async start(): Promise<void> {
    for (const name of this.#names) await this.#start(name);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }

  /** Kills the worker that begins the next run. Returns `false` if no worker would be left. */
  killNext(): boolean {
    const alive = this.#workers.filter(({ state }) => state === 'alive');
    if (alive.length < this.#names.length) return false;
    this.#tell('the worker of the next run will be killed');
    for (const worker of alive) worker.killInNextRun();
    return true;
  }

  /** Stops the clock of a worker, or sets it right. Returns `false` if there is no such worker. */
  toggleClock(name: string): boolean {
    const worker = this.#workers.find((one) => one.name === name && one.state !== 'killed');
    if (!worker) return false;
    if (worker.clock.isStopped) worker.clock.set();
    else worker.clock.stop();
    this.#tell(`the clock of ${name} ${worker.clock.isStopped ? 'stands still' : 'is right again'}`);
    return true;
  }

  async #start(name: string): Promise<void> {
    const number = (this.#starts.get(name) ?? 0) + 1;
    this.#starts.set(name, number);
    const own = number === 1 ? name : `${name}-${number}`;
    const worker = this.#create({ name: own, onNews: (news) => this.#onNews(name, news) });
    await worker.start();
    const others = this.#workers.filter((one) => this.#nameOf(one) !== name);
    this.#workers = [...others, worker].sort((a, b) => (a.name < b.name ? -1 : 1));
    if (number > 1) this.#tell(`${own} was started in place of the killed one`);
  }

  #nameOf({ name }: Worker): string {
    return this.#names.find((one) => name === one || name.startsWith(`${one}-`))!;
  }

  #onNews(name: string, news: WorkerNews): void {
    const { job, tick } = news.run;
    const run = `${job} ${iso(tick).slice(0, 16)}Z`;
    if (news.kind === 'took-over') {
      this.#tell(`${news.worker} took over ${run} (attempt ${news.run.fence})`);
      return;
    }
    this.#tell(`${news.worker} was killed in the middle of ${run}`);
    for (const worker of this.#workers) worker.spare();
    const again = addMs(this.#world.now(), RESTART_MS);
    this.#world.setTimer(again, () => void this.#start(name));
  }

  #tell(text: string): void {
    this.#news = [{ at: this.#world.now(), text }, ...this.#news].slice(0, MOST_NEWS);
  }
}
