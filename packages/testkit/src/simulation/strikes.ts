import { RowLockedError, RunLockedError, addMs, type Clock, type Instant } from '@gamekeeper/core';
import { sleep } from '@gamekeeper/core/engine';
import type { MemoryPost } from '../couriers/memory-post.ts';
import { claimAmong, isInTransaction } from './faulty-ports.ts';
import type { Fault, Trouble } from './plan.ts';
import type { SimulatedStore } from './scenario.ts';
import type { SimulatedInstance } from './simulated-instance.ts';
import { Conflict, type SimulatedProcess } from './simulated-process.ts';
import { faultInWords, inWords, shortTime, type Story } from './story.ts';

/** Applies faults to their targets. */
export class Strikes {
  readonly #clock: Clock;
  readonly #story: Story;
  readonly #store: SimulatedStore;
  readonly #instances: readonly SimulatedInstance[];
  readonly #post: MemoryPost | undefined;
  readonly #ending: AbortController;
  readonly #onStrike: (fault: Fault) => void;
  #outageUntil: Instant;
  #hasEnded = false;

  /** @param parts.ending aborts what locks the store */
  constructor({
    clock,
    story,
    store,
    post,
    instances,
    ending,
    onStrike,
  }: {
    readonly onStrike: (fault: Fault) => void;
    readonly ending: AbortController;
    readonly clock: Clock;
    readonly story: Story;
    readonly store: SimulatedStore;
    /** The queue of the courier, if there is one. */
    readonly post: MemoryPost | undefined;
    readonly instances: readonly SimulatedInstance[];
  }) {
    this.#clock = clock;
    this.#story = story;
    this.#store = store;
    this.#post = post;
    this.#instances = instances;
    this.#ending = ending;
    this.#onStrike = onStrike;
    this.#outageUntil = clock.now();
  }

  /** The instant until which the store cannot be reached. */
  get outageUntil(): Instant {
    return this.#outageUntil;
  }

  /** Makes store and cache reachable and unlocked for good, regardless of planned faults. */
  endOutages(): void {
    this.#hasEnded = true;
    this.#outageUntil = this.#clock.now();
    this.#store.cacheFaults?.comeBack();
    this.#ending.abort();
  }

  /** Applies a fault at an instant. */
  at(instance: SimulatedInstance, fault: Fault): void {
    if (this.#hasEnded) return;
    if (isOfTheStore(fault.what)) {
      this.#onStrike(fault);
      this.#story.tell(faultInWords(instance.name, fault));
      this.#ofTheStore(fault.what);
      return;
    }
    const { process } = instance;
    if (process?.isAlive) this.atCall(process, fault, []).catch(() => undefined);
  }

  /** Applies a fault at a call, or at another moment of a process. */
  async atCall(process: SimulatedProcess, fault: Fault, args: readonly unknown[]): Promise<void> {
    const instance = this.#instances.find((one) => one.process === process);
    if (!instance) return;
    const { what } = fault;
    if ((what.kind === 'conflict' || what.kind === 'locked') && !isInTransaction(args)) return;
    this.#onStrike(fault);
    const claim = claimAmong(args);
    if (claim) instance.follow(claim);
    const about = claim ? ` of ${claim.job} ${shortTime(claim.tick)}` : instance.atWork();
    this.#story.tell(faultInWords(instance.name, fault) + about);
    if (isOfTheStore(what)) return this.#ofTheStore(what);
    switch (what.kind) {
      case 'crash':
        return instance.crash(what.downMs);
      case 'restart':
        // Not awaited: the call at which it strikes continues.
        void instance.restart(what.downMs);
        return;
      case 'pause':
        return process.standStill(what.forMs);
      case 'slow':
        return process.wait(what.forMs);
      case 'error':
        throw new Error('an error that may pass');
      case 'conflict':
        throw new Conflict('could not serialize access');
      case 'locked':
        throw lockError(fault, claim);
      case 'unavailable':
        throw process.connectionLost;
      case 'partition':
        return process.cutOff(what.forMs);
      case 'clock-jump':
        return instance.jumpClock(what.aheadMs);
      case 'double-wake':
      // Applied by the scheduler.
    }
  }

  #ofTheStore(what: TroubleOfTheStore): void {
    const { cacheFaults, transactions } = this.#store;
    switch (what.kind) {
      case 'outage':
        return this.#outage(what.forMs);
      case 'held':
        void transactions.run(() => sleep(this.#clock, what.forMs, this.#ending.signal));
        return;
      case 'items-lost':
        return this.#post?.loseAll();
      case 'cache-lost':
        return cacheFaults?.lose();
      case 'cache-restored':
        return cacheFaults?.restore(what.ageMs);
      case 'cache-away':
        return cacheFaults?.goAway(what.forMs);
    }
  }

  #outage(ms: number): void {
    const until = addMs(this.#clock.now(), ms);
    if (until > this.#outageUntil) this.#outageUntil = until;
    this.#instances.forEach(({ process }) => process?.loseTransactions());
    this.#clock.setTimer(
      until,
      () =>
        this.#outageUntil <= this.#clock.now() && this.#story.tell(`the store is back after ${inWords(ms)}`),
    );
  }
}

function lockError({ at }: Fault, claim: ReturnType<typeof claimAmong>): Error {
  const cause = new Error('lock timeout');
  const isOfRun = claim && 'call' in at && at.call.startsWith('ledger.');
  return isOfRun ? new RunLockedError(claim, cause) : new RowLockedError('A row', cause);
}

type TroubleOfTheStore = Extract<
  Trouble,
  { kind: 'outage' | 'held' | 'items-lost' | 'cache-lost' | 'cache-restored' | 'cache-away' }
>;

/** Returns whether a fault affects all instances, including those that are down. */
function isOfTheStore(what: Trouble): what is TroubleOfTheStore {
  return ['outage', 'held', 'items-lost'].includes(what.kind) || what.kind.startsWith('cache-');
}
