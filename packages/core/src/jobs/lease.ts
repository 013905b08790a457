import { createAbortController, type AbortSignal } from '../time/abort.ts';
import type { Clock, Timer } from '../time/clock.ts';
import { later } from '../time/instant.ts';
import { LeaseLostError, type Claim, type JobLedger } from './job-ledger.ts';

/** A lease is renewed this many times before it would end. */
const RENEWALS_PER_LEASE = 3;

/** Keeps a claim alive while its attempt works, and aborts `signal` as soon as the claim turns out to be lost. */
export class Lease {
  readonly #ledger: JobLedger;
  readonly #clock: Clock;
  readonly #claim: Claim;
  readonly #leaseMs: number;
  readonly #lost = createAbortController();
  #timer: Timer | undefined;

  constructor({
    ledger,
    clock,
    claim,
    leaseMs,
  }: {
    readonly ledger: JobLedger;
    readonly clock: Clock;
    readonly claim: Claim;
    readonly leaseMs: number;
  }) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#claim = claim;
    this.#leaseMs = leaseMs;
    this.#renewLater();
  }

  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /** Stops renewing. The lease itself is given back through the ledger. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #renewLater(): void {
    const at = later(this.#clock.now(), Math.max(1, Math.floor(this.#leaseMs / RENEWALS_PER_LEASE)));
    this.#timer = this.#clock.setTimer(at, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    // A ledger that cannot be reached says nothing about the lease: the fence decides at the next commit.
    const held = await this.#ledger.renew(this.#claim, this.#leaseMs).catch(() => true);
    if (this.#timer === undefined) return;
    if (held) this.#renewLater();
    else this.#lost.abort(new LeaseLostError(this.#claim));
  }
}
