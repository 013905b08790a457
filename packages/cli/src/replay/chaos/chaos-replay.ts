import { addMs, type Instant } from '@gamekeeper/core';
import { engineTokens, type HostModule, type Outbox } from '@gamekeeper/core/ports';
import { VirtualClock } from '@gamekeeper/testkit';
import { countRuns } from '../count-runs.ts';
import { ReplayDriver, type GameConfig, type FinishedReplay, type ReplayOptions } from '../replay.ts';
import { timeline, type Action } from '../timeline.ts';
import { Instance, type InstanceOutcome } from './instance.ts';
import { sharedStore } from './shared-store.ts';
import { FaultGenerator, type FaultCounts } from './fault-generator.ts';

const INSTANCES = 3;

/**
 * Replays a history with injected faults: late, doubled and missing runs, crashed and paused processes. The result must
 * equal that of `replay`.
 */
export async function replayWithChaos({
  seed,
  ...options
}: ReplayOptions & { readonly seed: number }): Promise<FinishedReplay & { readonly faults: FaultCounts }> {
  const chaos = new ChaosReplay(seed, options);
  try {
    return await chaos.play(options);
  } catch (error) {
    await chaos.close();
    throw error;
  }
}

/** One replay with injected faults. */
class ChaosReplay {
  readonly faults: FaultCounts = {
    delayed: 0,
    doubled: 0,
    outages: 0,
    crashed: 0,
    slept: 0,
    takenOver: 0,
    retriedActions: 0,
  };
  readonly #faults: FaultGenerator;
  readonly #game: GameConfig;
  readonly #clock: VirtualClock;
  readonly #store: ReturnType<typeof sharedStore>;
  readonly #instances: Instance[] = [];
  readonly #sleepers = new Map<Instance, Instant>();
  /** The newest tick of each job that has not run yet, and until when it must not run. */
  readonly #dueTicks = new Map<string, Instant>();
  readonly #delayedUntil = new Map<string, Instant>();
  #outage: { readonly from: Instant; readonly until: Instant };
  #instanceCount = 0;

  constructor(
    seed: number,
    {
      store,
      from,
      game = {},
    }: { readonly store: HostModule; readonly from: Instant; readonly game?: GameConfig },
  ) {
    this.#game = game;
    this.#faults = new FaultGenerator(seed);
    this.#clock = new VirtualClock(addMs(from, 1));
    this.#store = sharedStore(store);
    this.#outage = this.#faults.nextOutage(from);
  }

  async play({ quizzes, from, to, onProgress, signal }: Omit<ReplayOptions, 'store'>) {
    while (this.#instances.length < INSTANCES) this.#instances.push(await this.#newInstance());
    const { host } = this.#instances[0]!;
    const player = new ReplayDriver(host);
    let ticks = 0;
    for (const happening of timeline(host.jobs, quizzes, from, to)) {
      signal?.throwIfAborted();
      this.#clock.jumpTo(happening.at);
      if (happening.kind === 'tick') {
        this.#addDueTick(happening.job, happening.at);
        ticks += 1;
      }
      await this.#wakeSleepers(happening.at);
      await this.#runDueJobs(happening.at);
      if (happening.kind !== 'tick') await this.#act(happening, player);
      onProgress?.(happening.at, ticks);
    }
    await this.#catchUp();
    return this.#end(player);
  }

  async close(): Promise<void> {
    for (const sleeper of this.#sleepers.keys()) await sleeper.wake();
    await this.#store.close();
  }

  #addDueTick(job: string, tick: Instant): void {
    this.#dueTicks.set(job, tick);
    if (tick >= this.#outage.until) {
      this.faults.outages += 1;
      this.#outage = this.#faults.nextOutage(tick);
    }
    if (!this.#faults.chance(0.03)) return;
    this.#delayedUntil.set(job, this.#faults.delayUntil(tick));
    this.faults.delayed += 1;
  }

  async #runDueJobs(now: Instant): Promise<void> {
    if (now >= this.#outage.from && now < this.#outage.until) return;
    for (const job of this.#dueTicks.keys()) {
      if ((this.#delayedUntil.get(job) ?? now) <= now) await this.#run(job);
    }
  }

  async #run(job: string): Promise<void> {
    switch (this.#faults.nextFault()) {
      case 'plain':
        return this.#ask(job);
      case 'again':
        this.faults.doubled += 1;
        await this.#ask(job, { keep: true });
        return this.#ask(job);
      case 'at once':
        this.faults.doubled += 1;
        await Promise.all([this.#ask(job, { keep: true }), this.#ask(job)]);
        return;
      case 'crash':
        return this.#ask(job, { plan: this.#faults.crash() });
      case 'sleep':
        return this.#ask(job, { plan: this.#faults.sleep() });
    }
  }

  async #ask(
    job: string,
    {
      plan = null,
      keep = false,
    }: { readonly plan?: Parameters<Instance['run']>[2]; readonly keep?: boolean } = {},
  ): Promise<void> {
    const tick = this.#dueTicks.get(job)!;
    // The last active process is never paused: one must be there to take over.
    const mayFallAsleep = this.#sleepers.size < INSTANCES - 1;
    const instance = this.#randomInstance();
    const answer = await instance.run(job, tick, plan?.kind === 'sleep' && !mayFallAsleep ? null : plan);
    if (answer === 'asleep') {
      this.faults.slept += 1;
      this.#sleepers.set(instance, this.#faults.sleepUntil(this.#clock.now()));
    }
    await this.#replaceCrashed(instance);
    if (!keep && isDone(answer)) this.#dueTicks.delete(job);
  }

  async #act(action: Action, player: ReplayDriver): Promise<void> {
    for (;;) {
      const instance = this.#randomInstance();
      const plan = this.#faults.chance(0.03) ? this.#faults.crash() : null;
      if (await instance.act(() => player.act(action, instance.host), plan)) return;
      this.faults.retriedActions += 1;
      await this.#replaceCrashed(instance);
    }
  }

  /** No more events happen; time passes until runs of crashed processes are taken over. */
  async #catchUp(): Promise<void> {
    for (const sleeper of this.#sleepers.keys()) this.#sleepers.set(sleeper, this.#clock.now());
    await this.#wakeSleepers(this.#clock.now());
    while (this.#dueTicks.size > 0) {
      for (const job of this.#dueTicks.keys()) await this.#ask(job);
      this.#clock.jumpTo(addMs(this.#clock.now(), 5_000));
    }
  }

  async #wakeSleepers(now: Instant): Promise<void> {
    for (const [sleeper, until] of this.#sleepers) {
      if (until > now) continue;
      this.#sleepers.delete(sleeper);
      await sleeper.wake();
    }
  }

  #randomInstance(): Instance {
    const awake = this.#instances.filter((instance) => !instance.isAsleep && !instance.isDead);
    return awake[this.#faults.below(awake.length)]!;
  }

  /** A crashed process loses its memory. Another one takes its place. */
  async #replaceCrashed(instance: Instance): Promise<void> {
    const index = this.#instances.indexOf(instance);
    if (!instance.isDead || index < 0) return;
    this.faults.crashed += 1;
    this.#instances[index] = await this.#newInstance();
  }

  async #newInstance(): Promise<Instance> {
    this.#instanceCount += 1;
    const instance = new Instance({
      store: this.#store.module,
      clock: this.#clock,
      instanceId: `instance-${this.#instanceCount}`,
      game: this.#game,
    });
    await instance.host.open();
    return instance;
  }

  async #end(player: ReplayDriver): Promise<FinishedReplay & { readonly faults: FaultCounts }> {
    const { host } = this.#instances[0]!;
    for (const { job } of host.jobs) {
      const { succeeded, takenOver } = await countRuns(host, job.name);
      player.runs.set(job.name, { count: succeeded, ms: 0 });
      this.faults.takenOver += takenOver;
    }
    return {
      host,
      outbox: host.container.get<Outbox>(engineTokens.outbox.symbol),
      counts: player,
      faults: this.faults,
      close: () => this.close(),
    };
  }
}

function isDone(answer: InstanceOutcome): boolean {
  return answer === 'ran' || answer === 'done';
}
