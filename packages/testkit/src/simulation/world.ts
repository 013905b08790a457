import {
  DAY_MS,
  later,
  registrationOf,
  type Clock,
  type Instant,
  type Json,
  type ScheduledJob,
  type Schedules,
} from '@gamekeeper/core';
import { VirtualClock } from '../time/virtual-clock.ts';
import { Completions } from './completions.ts';
import { FaultBook } from './fault-book.ts';
import { claimAmong } from './faulty-ports.ts';
import { quiet } from './quiet.ts';
import { SimulatedInstance } from './simulated-instance.ts';
import { instanceName, type Fault, type SimulationPlan } from './plan.ts';
import type { Scenario, SimulatedStore } from './scenario.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import { Story, faultInWords, inWords, shortTime } from './story.ts';

const NO_LIMIT_MS = 366 * DAY_MS;

/** A store, the instances on it and their true time: where one history plays. */
export class World<Store extends SimulatedStore = SimulatedStore, Action extends Json = Json> {
  readonly scenario: Scenario<Store, Action>;
  readonly schedules: Schedules;
  readonly clock: VirtualClock;
  readonly store: Store;
  readonly story: Story;
  readonly completions: Completions = new Completions();
  readonly #instances: SimulatedInstance[] = [];
  readonly #plan: SimulationPlan<Action>;
  #outageUntil: Instant;

  constructor(
    scenario: Scenario<Store, Action>,
    plan: SimulationPlan<Action>,
    { from, schedules }: { readonly from: Instant; readonly schedules: Schedules },
  ) {
    this.scenario = scenario;
    this.schedules = schedules;
    this.#plan = plan;
    this.clock = clockFrom(from);
    this.story = new Story(() => this.clock.now());
    this.store = scenario.openStore(this.clock);
    this.#outageUntil = from;
    plan.skewsMs.forEach((skewMs, index) => {
      const faults = plan.faults.filter(({ instance }) => instance % plan.skewsMs.length === index);
      this.#instances.push(this.#instance(instanceName(index), skewMs, faults));
    });
  }

  /** Makes the jobs known and starts every instance. */
  async begin(): Promise<void> {
    const { ledger } = this.store;
    await ledger.register(
      this.jobsOn(this.store).map(({ job }) => registrationOf(job)),
      this.clock.now(),
    );
    for (const instance of this.#instances) {
      for (const fault of instance.faults.timed) {
        const at = later(this.clock.now(), fault.at.afterMs);
        this.clock.setTimer(at, () => this.#strikeInstance(instance, fault));
      }
      instance.boot();
    }
  }

  /** Whether players can reach the store. */
  get isStoreUp(): boolean {
    return this.#outageUntil <= this.clock.now();
  }

  /** Ends all instances and has a fresh one, whose clock is right, settle whatever is left undone. */
  async end(): Promise<void> {
    this.#instances.forEach((instance) => instance.process?.kill());
    this.#outageUntil = this.clock.now();
    // No lease of theirs is left after this, and no clock was further ahead.
    const aheadMs = Math.max(0, ...this.#plan.skewsMs);
    await this.clock.advanceBy(this.scenario.leaseMs + aheadMs + 1);
    const last = this.#instance('the last instance', 0, []);
    last.boot();
    await this.clock.advanceBy(0);
    for (let seconds = 0; seconds < 600; seconds += 1) {
      if (await last.hasNothingToDo()) return;
      await this.clock.advanceBy(1_000);
    }
    this.story.tell('the last instance was still at work after 10 min');
  }

  /**
   * The jobs of the scenario on a store's ports, with their schedules. Without their time limits: a run that faults
   * slow down beyond its limit would rightly fail, which no undisturbed one does.
   */
  jobsOn(ports: Store, clock: Clock = this.clock): readonly ScheduledJob[] {
    return this.scenario.jobs(ports, clock).map((job) => ({
      job: { ...job, timeLimitMs: NO_LIMIT_MS },
      schedule: this.schedules.parse(job.schedule),
    }));
  }

  #instance(name: string, skewMs: number, faults: readonly Fault[]): SimulatedInstance {
    return new SimulatedInstance({
      name,
      skewMs,
      faults: new FaultBook(faults),
      leaseMs: this.scenario.leaseMs,
      story: this.story,
      store: this.store,
      completions: this.completions,
      jobsOn: (ports, clock) => this.jobsOn(ports as Store, clock),
      world: {
        clock: this.clock,
        outageUntil: () => this.#outageUntil,
        strike: (process, fault, args) => this.#strikeCall(process, fault, args),
      },
    });
  }

  #strikeInstance(instance: SimulatedInstance, fault: Fault): void {
    const { process } = instance;
    if (process?.isAlive) this.#strikeCall(process, fault, []).catch(() => undefined);
  }

  async #strikeCall(process: SimulatedProcess, fault: Fault, args: readonly unknown[]): Promise<void> {
    const instance = this.#instances.find((one) => one.process === process);
    if (!instance) return;
    const claim = claimAmong(args);
    if (claim) instance.follow(claim);
    const about = claim ? ` of ${claim.job} ${shortTime(claim.tick)}` : instance.atWork();
    this.story.tell(faultInWords(instance.name, fault) + about);
    const { what } = fault;
    switch (what.kind) {
      case 'crash':
        return instance.crash(what.downMs);
      case 'restart':
        // Not awaited: the call that it comes at goes on.
        void instance.restart(what.downMs);
        return;
      case 'pause':
        return process.standStill(what.forMs);
      case 'slow':
        return process.wait(what.forMs);
      case 'error':
        throw new Error('an error that may pass');
      case 'unavailable':
        throw process.connectionLost;
      case 'partition':
        return process.cutOff(what.forMs);
      case 'outage':
        return this.#outage(what.forMs);
      case 'double-wake':
      // The scheduler sees to it.
    }
  }

  #outage(ms: number): void {
    const until = later(this.clock.now(), ms);
    if (until > this.#outageUntil) this.#outageUntil = until;
    this.#instances.forEach(({ process }) => process?.loseTransactions());
    this.clock.setTimer(
      until,
      () => this.isStoreUp && this.story.tell(`the store is back after ${inWords(ms)}`),
    );
  }
}

/** Instances that wake at one instant do so together, so that their calls come between one another. */
function clockFrom(from: Instant): VirtualClock {
  const clock: VirtualClock = new VirtualClock(from, {
    settle: async () => {
      if (clock.nextTimerAt === null || clock.nextTimerAt > clock.now()) await quiet();
    },
  });
  return clock;
}
