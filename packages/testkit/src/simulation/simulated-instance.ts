import {
  SECOND_MS,
  isGamekeeperError,
  addMs,
  silentLogger,
  type AttemptReport,
  type Claim,
  type Clock,
  type Instant,
  type JobDefinition,
  type Json,
  type RunObserver,
  type ScheduledJob,
  type Transaction,
} from '@gamekeeper/core';
import { type Schedule, type ScheduleParser } from '@gamekeeper/core/ports';
import {
  JobEngine,
  JobTimelines,
  ScheduleWithExtraTicks,
  StoreClock,
  combineObservers,
  sleep,
  type CourierRole,
  type EventRelay,
} from '@gamekeeper/core/engine';
import { deliveryOf, type Deliveries } from './event-delivery.ts';
import type { FaultBook } from './fault-book.ts';
import { faultyPorts } from './faulty-ports.ts';
import type { Journal } from './journal.ts';
import type { OpenedJob, SimulatedStore } from './scenario.ts';
import { SimulatedProcess, type Surroundings } from './simulated-process.ts';
import type { MemoryPost, PostCourier } from '../couriers/memory-post.ts';
import { simulatedCourier } from './simulated-courier.ts';
import { SimulatedScheduler } from './simulated-scheduler.ts';
import { quiet } from './quiet.ts';
import { shortTime, type Story } from './story.ts';

const BOOT_AGAIN_MS = 10_000;
const STOP_WITHIN_MS = 10_000;
/** How soon after a jump of its clock an instance measures its skew. */
const NEXT_LOOK_MS = 15_000;
/** How long a deploy stops an instance. */
const DEPLOY_MS = 1_000;

type Subject = Pick<Claim, 'job' | 'tick'>;

/** What runs in a process besides the engine. */
export interface SimulatedHost {
  readonly jobs: readonly JobDefinition[];
  readonly open: (jobs: readonly OpenedJob[]) => Promise<void>;
  readonly refresh: (tx?: Transaction) => Promise<void>;
}

/** How an instance takes part in a courier. */
export interface Carrier {
  readonly post: MemoryPost;
  readonly role: CourierRole;
  readonly bellMs: number;
}

interface Parts {
  readonly name: string;
  readonly skewMs: number;
  /** Whether it corrects its clock to the store's. */
  readonly measuresClock: boolean;
  /** How many shards it works on at once. */
  readonly shardConcurrency: number;
  /** If omitted, it works on its own. */
  readonly carrier?: Carrier | undefined;
  /** The version that runs until the first deploy. */
  readonly version: Json | null;
  readonly faults: FaultBook;
  readonly leaseMs: number;
  readonly story: Story;
  readonly store: SimulatedStore;
  readonly journal: Journal;
  /** `null`: it delivers no events. */
  readonly delivery: { readonly deliveries: Deliveries; readonly handlerMs: number } | null;
  readonly schedules: ScheduleParser;
  readonly hostOn: (ports: SimulatedStore, clock: Clock, version: Json | null) => SimulatedHost;
  /** Called for each process with its name in the ledger and its version. */
  readonly onBirth: (instanceId: string, version: Json | null) => void;
  /** Called when jobs are about to be registered in the ledger, and when they have been. */
  readonly onRegister: (jobs: readonly ScheduledJob[], isDone: boolean) => void;
  readonly world: Surroundings;
}

/** An instance of the host: a sequence of processes, each with an engine of its own. */
export class SimulatedInstance {
  readonly name: string;
  readonly faults: FaultBook;
  readonly #parts: Parts;
  #process: SimulatedProcess | undefined;
  #clock: StoreClock | undefined;
  #engine: JobEngine | undefined;
  #relay: EventRelay | undefined;
  #courier: PostCourier | undefined;
  #births = 0;
  #skewMs: number;
  #version: Json | null;
  #runsVersion: Json | null;
  readonly #running = new Map<string, Subject>();
  /** Runs that a fault has affected: the story reports how they end. */
  readonly #followed = new Set<string>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.name = parts.name;
    this.faults = parts.faults;
    this.#skewMs = parts.skewMs;
    this.#version = this.#runsVersion = parts.version;
  }

  /** The current process, or the one that ended last. */
  get process(): SimulatedProcess | undefined {
    return this.#process;
  }

  /**
   * The clock and version that players see; `undefined` while it cannot be reached. An instance whose time is in the
   * past cannot be used by players: it cannot know which ticks have run since.
   */
  get asSeenByPlayers(): { readonly clock: Clock; readonly version: Json | null } | undefined {
    if (!this.#process?.isUp || !this.#clock) return undefined;
    if (this.#clock.now() < this.#parts.world.clock.now()) return undefined;
    return { clock: this.#clock, version: this.#runsVersion };
  }

  /** Starts a process. */
  boot(): void {
    const { name, faults, world, store, journal, leaseMs, shardConcurrency } = this.#parts;
    const process = new SimulatedProcess(name, { skewMs: this.#skewMs, faults, world });
    const ports = faultyPorts(store, process, journal);
    const clock = new StoreClock(process.clock);
    this.#running.clear();
    this.#process = process;
    this.#courier?.die();
    const courier = (this.#courier = this.#parts.carrier?.post.open());
    this.#clock = undefined;
    this.#runsVersion = this.#version;
    this.#births += 1;
    const instanceId = `${name}${this.#births}`;
    this.#parts.onBirth(instanceId, this.#version);
    const host = this.#parts.hostOn(ports, clock, this.#version);
    const timelines = new JobTimelines({ schedules: this.#parts.schedules, logger: silentLogger });
    const jobs = host.jobs.map((job) => {
      const own = this.#parts.schedules.parse(job.schedule);
      return { job, own, schedule: new ScheduleWithExtraTicks(timelines.add(job.name, own)) };
    });
    const engine: JobEngine = new JobEngine({
      ...ports,
      jobs,
      timelines,
      refresh: async () => {
        engine.adopt(await ports.jobRegistry.ticks());
        await host.refresh();
      },
      instanceId,
      clock,
      scheduler: new SimulatedScheduler(process, clock, (fault) => {
        world.strike(process, fault, []).catch(() => undefined);
      }),
      leaseMs,
      shardConcurrency,
      ...(courier && { courier: simulatedCourier(process, courier) }),
      role: this.#parts.carrier?.role ?? 'both',
      ...(this.#parts.carrier && { bellMs: this.#parts.carrier.bellMs }),
      random: () => 0,
      observer: combineObservers([this.#observer()]),
    });
    this.#engine = engine;
    this.#relay = this.#relayOf(process, { ports, clock, instanceId });
    const begin = (): void => {
      if (process !== this.#process) return;
      this.#clock = clock;
      engine.start();
      this.#relay?.start();
    };
    this.#open(ports, { clock, engine, jobs, host }).then(begin, () => this.crash(BOOT_AGAIN_MS));
  }

  /** Moves the clock ahead from now on; if the instance measures its skew, it notices soon. */
  jumpClock(aheadMs: number): void {
    const { world, measuresClock, store } = this.#parts;
    const [process, clock] = [this.#process, this.#clock];
    this.#skewMs = aheadMs;
    process?.jumpClock(aheadMs);
    if (!measuresClock || !clock) return;
    world.clock.setTimer(addMs(world.clock.now(), NEXT_LOOK_MS), () => {
      if (process?.isUp) void clock.measure(() => store.storeTime.now());
    });
  }

  /** Changes the version, and restarts the instance. */
  deploy(version: Json): void {
    this.#version = version;
    if (this.#process?.isAlive) void this.restart(DEPLOY_MS);
  }

  /** Kills the process and starts another one after `downMs`. */
  crash(downMs: number): void {
    this.#process?.kill();
    this.#courier?.die();
    const { clock } = this.#parts.world;
    clock.setTimer(addMs(clock.now(), downMs), () => {
      if (!this.#process?.isAlive) this.boot();
    });
  }

  /** Stops the engine as at a deploy, then ends the process and starts another one after `downMs`. */
  async restart(downMs: number): Promise<void> {
    const process = this.#process;
    await Promise.all([this.#engine?.stop(STOP_WITHIN_MS), this.#relay?.stop(STOP_WITHIN_MS)]);
    if (process === this.#process && process?.isAlive) this.crash(downMs);
  }

  /** Returns whether the engine is idle and no tick waits for its delay. */
  async hasNothingToDo(): Promise<boolean> {
    let idle = false;
    void this.#engine?.idle().then(() => (idle = true));
    await quiet();
    return idle;
  }

  async #open(
    ports: SimulatedStore,
    {
      clock,
      engine,
      jobs,
      host,
    }: {
      readonly clock: StoreClock;
      readonly engine: JobEngine;
      readonly jobs: readonly (OpenedJob & { readonly own: Schedule })[];
      readonly host: SimulatedHost;
    },
  ): Promise<void> {
    const { measuresClock, onRegister, world } = this.#parts;
    if (measuresClock) await clock.measure(() => ports.storeTime.now());
    // Only instances that measure are deployed. A new version applies from this very millisecond, whose tick other
    // instances may already have run.
    if (measuresClock && this.#births > 1 && isWholeSecond(world.clock.now())) await sleep(world.clock, 1);
    await host.open(jobs);
    const own = jobs.map(({ job, own: schedule }) => ({ job, schedule }));
    onRegister(own, false);
    await engine.register();
    onRegister(own, true);
  }

  #relayOf(
    process: SimulatedProcess,
    { ports, clock, instanceId }: { ports: SimulatedStore; clock: Clock; instanceId: string },
  ): EventRelay | undefined {
    const { delivery } = this.#parts;
    const lanes = ports.outboxPartitions;
    return delivery && lanes ? deliveryOf(process, { ...delivery, lanes, clock, instanceId }) : undefined;
  }

  /** Stops running jobs; events are still delivered. */
  async stopJobs(): Promise<void> {
    await this.#engine?.stop(0);
  }

  /** Makes the story report how a run ends. */
  follow({ job, tick }: Subject): void {
    this.#followed.add(`${job} ${tick}`);
  }

  /** Returns what the instance is doing, as text. */
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
        const told =
          !['succeeded', 'divided'].includes(report.end) ||
          this.#followed.has(`${report.job} ${report.tick}`);
        if (told) story.tell(`instance ${name} ${endInWords(report)} ${inWords(report)}`);
      },
    };
  }
}

/** Returns whether a tick may be at this instant. */
function isWholeSecond(at: Instant): boolean {
  return at % SECOND_MS === 0;
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
    case 'divided':
      return 'divides into shards';
  }
}
