import {
  JobEngine,
  isGamekeeperError,
  later,
  observers,
  type AttemptReport,
  type Claim,
  type Clock,
  type RunObserver,
  type ScheduledJob,
} from '@gamekeeper/core';
import type { Completions } from './completions.ts';
import type { FaultBook } from './fault-book.ts';
import { faultyPorts } from './faulty-ports.ts';
import type { SimulatedStore } from './scenario.ts';
import { SimulatedProcess, type Surroundings } from './simulated-process.ts';
import { SimulatedScheduler } from './simulated-scheduler.ts';
import { quiet } from './quiet.ts';
import { shortTime, type Story } from './story.ts';

const BOOT_AGAIN_MS = 10_000;
const STOP_WITHIN_MS = 10_000;

type Subject = Pick<Claim, 'job' | 'tick'>;

interface Parts {
  readonly name: string;
  readonly skewMs: number;
  readonly faults: FaultBook;
  readonly leaseMs: number;
  readonly story: Story;
  readonly store: SimulatedStore;
  readonly completions: Completions;
  readonly jobsOn: (ports: SimulatedStore, clock: Clock) => readonly ScheduledJob[];
  readonly world: Surroundings;
}

/** An instance of the host: one process after the other, each with an engine of its own. */
export class SimulatedInstance {
  readonly name: string;
  readonly faults: FaultBook;
  readonly #parts: Parts;
  #process: SimulatedProcess | undefined;
  #engine: JobEngine | undefined;
  #births = 0;
  readonly #running = new Map<string, Subject>();
  /** Runs that a fault has touched: the story tells how they end. */
  readonly #followed = new Set<string>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.name = parts.name;
    this.faults = parts.faults;
  }

  /** The process of now, or the one that died last. */
  get process(): SimulatedProcess | undefined {
    return this.#process;
  }

  /** Starts a process. */
  boot(): void {
    const { name, skewMs, faults, world, store, completions, leaseMs } = this.#parts;
    const process = new SimulatedProcess(name, { skewMs, faults, world });
    const ports = faultyPorts(store, process, completions);
    this.#running.clear();
    this.#process = process;
    this.#births += 1;
    const engine = new JobEngine({
      ...ports,
      jobs: this.#parts.jobsOn(ports, process.clock),
      owner: `${name}${this.#births}`,
      clock: process.clock,
      scheduler: new SimulatedScheduler(process, (fault) => {
        world.strike(process, fault, []).catch(() => undefined);
      }),
      leaseMs,
      random: () => 0,
      observer: observers([this.#observer()]),
    });
    this.#engine = engine;
    engine.register().then(
      () => engine.start(),
      () => this.crash(BOOT_AGAIN_MS),
    );
  }

  /** The process is killed, and another one starts after a while. */
  crash(downMs: number): void {
    this.#process?.kill();
    const { clock } = this.#parts.world;
    clock.setTimer(later(clock.now(), downMs), () => {
      if (!this.#process?.isAlive) this.boot();
    });
  }

  /** The engine is stopped as at a deploy, then the process ends and another one starts after a while. */
  async restart(downMs: number): Promise<void> {
    const process = this.#process;
    await this.#engine?.stop(STOP_WITHIN_MS);
    if (process === this.#process && process?.isAlive) this.crash(downMs);
  }

  /** Whether the engine is idle by now and no tick waits for its delay. */
  async hasNothingToDo(): Promise<boolean> {
    let idle = false;
    void this.#engine?.idle().then(() => (idle = true));
    await quiet();
    return idle;
  }

  /** Has the story tell how a run ends. */
  follow({ job, tick }: Subject): void {
    this.#followed.add(`${job} ${tick}`);
  }

  /** What the instance is doing, in words. */
  atWork(): string {
    const runs = [...this.#running.values()].map(({ job, tick }) => `${job} ${shortTime(tick)}`);
    runs.forEach((_, index) => this.follow([...this.#running.values()][index]!));
    return runs.length > 0 ? ` while it runs ${runs.join(' and ')}` : '';
  }

  #observer(): RunObserver {
    const { story, name } = this.#parts;
    const inWords = ({ job, tick }: Subject): string => `${job} ${shortTime(tick)}`;
    return {
      runStarted: (claim) => {
        this.#running.set(claim.job, claim);
        if (claim.fence === 1) return;
        this.follow(claim);
        story.tell(`instance ${name} takes ${inWords(claim)} over (attempt ${claim.fence})`);
      },
      runEnded: (report) => {
        this.#running.delete(report.job);
        const told = report.end !== 'succeeded' || this.#followed.has(`${report.job} ${report.tick}`);
        if (told) story.tell(`instance ${name} ${endInWords(report)} ${inWords(report)}`);
      },
    };
  }
}

function endInWords({ end, error, fence }: AttemptReport): string {
  switch (end) {
    case 'succeeded':
      return `completes (attempt ${fence})`;
    case 'failed':
      return `gives up (${isGamekeeperError(error) ? error.code : String(error)})`;
    case 'released':
      return 'gives back';
    case 'lost':
      return `finds that it has lost (attempt ${fence})`;
  }
}
