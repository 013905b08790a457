import {
  DAY_MS,
  addMs,
  type Clock,
  type Instant,
  type JobDefinition,
  type Json,
  type ScheduledJob,
} from '@gamekeeper/core';
import { type ScheduleParser } from '@gamekeeper/core/ports';
import { createAbortController, registrationOf } from '@gamekeeper/core/engine';
import { VirtualClock } from '../time/virtual-clock.ts';
import { Deliveries } from './event-delivery.ts';
import { FaultBook } from './fault-book.ts';
import { Journal } from './journal.ts';
import { instanceName, type Fault, type SimulationPlan } from './plan.ts';
import { quiet } from './quiet.ts';
import type { Scenario, SimulatedStore } from './scenario.ts';
import type { MemoryPost } from '../couriers/memory-post.ts';
import { roleOf, simulatedPost } from './simulated-courier.ts';
import { SimulatedInstance, type Carrier, type SimulatedHost } from './simulated-instance.ts';
import { Story, inWords } from './story.ts';
import { Strikes } from './strikes.ts';

const NO_LIMIT_MS = 366 * DAY_MS;

/** A registration of jobs in the ledger. */
export interface Registration {
  readonly at: Instant;
  /** Whether the registration has completed; if not, it may take effect from now on. */
  readonly isDone: boolean;
  readonly jobs: readonly ScheduledJob[];
}

/** A store, its instances and their true time: the place of one history. */
export class World<
  Store extends SimulatedStore = SimulatedStore,
  Action extends Json = Json,
  Version extends Json = Json,
> {
  readonly scenario: Scenario<Store, Action, Version>;
  readonly schedules: ScheduleParser;
  readonly clock: VirtualClock;
  readonly store: Store;
  readonly story: Story;
  readonly journal: Journal;
  readonly deliveries: Deliveries;
  /** In order of time. */
  readonly registrations: Registration[] = [];
  readonly #instances: SimulatedInstance[];
  readonly #versions = new Map<string, Version | null>();
  readonly #plan: SimulationPlan<Action, Version>;
  readonly #strikes: Strikes;
  readonly #post: MemoryPost | undefined;
  readonly #ending = createAbortController();
  #newestVersion: Version | null = null;

  constructor(
    scenario: Scenario<Store, Action, Version>,
    plan: SimulationPlan<Action, Version>,
    { from, schedules }: { readonly from: Instant; readonly schedules: ScheduleParser },
  ) {
    this.scenario = scenario;
    this.schedules = schedules;
    this.#plan = plan;
    this.clock = clockFrom(from);
    this.story = new Story(() => this.clock.now());
    this.journal = new Journal(() => this.clock.now());
    this.deliveries = new Deliveries(() => this.clock.now());
    this.store = scenario.openStore(this.clock);
    this.#post = plan.courier && simulatedPost(this.clock, plan.courier);
    this.#instances = plan.skewsMs.map((skewMs, index) => {
      const count = plan.skewsMs.length;
      const faults = plan.faults.filter(({ instance }) => instance % count === index);
      const carrier = plan.courier &&
        this.#post && {
          post: this.#post,
          role: roleOf(plan.courier, index, count),
          bellMs: plan.courier.bellMs,
        };
      return this.#instance(instanceName(index), { skewMs, faults, version: null, carrier });
    });
    this.#strikes = new Strikes({
      clock: this.clock,
      story: this.story,
      store: this.store,
      post: this.#post,
      instances: this.#instances,
      ending: this.#ending,
      onStrike: (fault) => {
        if (!isOfHandler(fault)) this.deliveries.disturb();
      },
    });
  }

  /** Registers the jobs and starts every instance. */
  async begin(): Promise<void> {
    const { jobRegistry } = this.store;
    const jobs = this.hostOn(this.store, this.clock, null).jobs.map((job) => ({
      job,
      schedule: this.schedules.parse(job.schedule),
    }));
    await jobRegistry.register(
      jobs.map(({ job }) => registrationOf(job)),
      this.clock.now(),
    );
    this.registrations.push({ at: this.clock.now(), jobs, isDone: true });
    for (const instance of this.#instances) {
      for (const fault of instance.faults.timed) {
        const at = addMs(this.clock.now(), fault.at.afterMs);
        this.clock.setTimer(at, () => this.#strikes.at(instance, fault));
      }
      instance.boot();
    }
    this.#deployLater();
  }

  /** Whether players can reach the store. */
  get isStoreUp(): boolean {
    return this.#strikes.outageUntil <= this.clock.now();
  }

  /** Aborts when the history is over: all locks on the store are released. */
  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  /** The version whose deployment started last. */
  get newestVersion(): Version | null {
    return this.#newestVersion;
  }

  /** Returns the version of a process, by its name in the ledger. */
  versionOf(instanceId: string): Version | null {
    return this.#versions.get(instanceId) ?? null;
  }

  /** Returns an instance (modulo their number) as players see it now; `undefined` while it cannot be reached. */
  reach(instance: number): { readonly clock: Clock; readonly version: Version | null } | undefined {
    const found = this.#instances[instance % this.#instances.length]?.asSeenByPlayers;
    return found as ReturnType<typeof this.reach>;
  }

  /**
   * Ends all instances, and lets a new one with a correct clock complete whatever is left.
   *
   * @returns until when it ran jobs
   */
  async end(): Promise<Instant> {
    this.deliveries.disturb();
    this.#instances.forEach((instance) => instance.process?.kill());
    this.#strikes.endOutages();
    // All of their leases have expired after this.
    await this.clock.advanceBy(this.scenario.leaseMs + 1);
    const last = this.#instance('the last instance', { skewMs: 0, faults: [], version: this.#newestVersion });
    last.boot();
    await this.clock.advanceBy(0);
    await this.#waitFor('the last instance was still busy', 600, 1_000, () => last.hasNothingToDo());
    const through = this.clock.now();
    await last.stopJobs();
    const { outboxPartitions } = this.store;
    if (this.#plan.delivery && outboxPartitions) {
      const isEmpty = async (): Promise<boolean> => (await outboxPartitions.lag()).pending === 0;
      await this.#waitFor('events were still waiting', 24 * 6, 600_000, isEmpty);
    }
    return through;
  }

  /** Returns what a host of a version runs on a store's ports. */
  hostOn(ports: Store, clock: Clock, version: Version | null): SimulatedHost {
    const made = this.scenario.jobs(ports, clock, version);
    const { open, refresh } = this.scenario;
    const { shards } = this.#plan;
    return {
      // Without their timeouts: a run that faults slow down beyond its timeout would correctly fail.
      jobs: made.map((job) => ({ ...(shards ? divided(job) : whole(job)), timeoutMs: NO_LIMIT_MS })),
      open: async (jobs) => open?.(ports, { made, jobs, clock, version }),
      refresh: async (tx) => refresh?.(ports, made, tx),
    };
  }

  async #waitFor(
    otherwise: string,
    times: number,
    everyMs: number,
    isSo: () => Promise<boolean>,
  ): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      if (await isSo()) return;
      await this.clock.advanceBy(everyMs);
    }
    this.story.tell(`${otherwise} after ${inWords(times * everyMs)}`);
  }

  #deployLater(): void {
    const start = this.clock.now();
    for (const { afterMs, rollMs, version } of byTime(this.#plan.deploys ?? [])) {
      this.#instances.forEach((instance, index) => {
        this.clock.setTimer(addMs(start, afterMs + index * rollMs), () => {
          this.story.tell(`instance ${instance.name} is deployed as ${JSON.stringify(version)}`);
          this.#newestVersion = version;
          this.deliveries.disturb();
          instance.deploy(version);
        });
      });
    }
  }

  #instance(
    name: string,
    {
      skewMs,
      faults,
      version,
      carrier,
    }: {
      readonly skewMs: number;
      readonly faults: readonly Fault[];
      readonly version: Version | null;
      readonly carrier?: Carrier | undefined;
    },
  ): SimulatedInstance {
    const { delivery, measuresClocks = false, shards } = this.#plan;
    return new SimulatedInstance({
      name,
      skewMs,
      measuresClock: measuresClocks,
      shardConcurrency: shards?.atOnce ?? 1,
      carrier,
      version,
      faults: new FaultBook(faults),
      leaseMs: this.scenario.leaseMs,
      story: this.story,
      store: this.store,
      journal: this.journal,
      delivery: delivery ? { deliveries: this.deliveries, handlerMs: delivery.handlerMs } : null,
      schedules: this.schedules,
      hostOn: (ports, clock, its) => this.hostOn(ports as Store, clock, its as Version | null),
      onBirth: (instanceId, its) => this.#versions.set(instanceId, its as Version | null),
      onRegister: (jobs, isDone) => this.registrations.push({ at: this.clock.now(), jobs, isDone }),
      world: {
        clock: this.clock,
        outageUntil: () => this.#strikes.outageUntil,
        strike: (process, fault, args) => this.#strikes.atCall(process, fault, args),
      },
    });
  }
}

const MAX_SHARDS = 3;

function divided(job: JobDefinition): JobDefinition {
  return job.shards ? { ...job, maxShards: MAX_SHARDS } : job;
}

/** A job as it is without shards, and without the transaction that ends them. */
function whole({ finish: _finish, ...job }: JobDefinition): JobDefinition {
  return { ...job, maxShards: 1 };
}

/** An error of a handler affects only its own event. */
function isOfHandler({ at, what }: Fault): boolean {
  return what.kind === 'error' && 'call' in at && at.call === 'events.handle';
}

function byTime<Planned extends { readonly afterMs: number }>(all: readonly Planned[]): readonly Planned[] {
  return all.toSorted((a, b) => a.afterMs - b.afterMs);
}

/** Instances that wake at the same instant run concurrently, so that their calls interleave. */
function clockFrom(from: Instant): VirtualClock {
  const clock: VirtualClock = new VirtualClock(from, {
    settle: async () => {
      if (clock.nextTimerAt === null || clock.nextTimerAt > clock.now()) await quiet();
    },
  });
  return clock;
}
