import type { Clock, Timer } from '../time/clock.ts';
import { addMs } from '../time/instant.ts';
import { LeaseLostError, type Claim, type RunLedger } from './run-ledger.ts';

/** How many times a lease is renewed before it would expire. */
const RENEWALS_PER_LEASE = 3;

/** Renews a claim while its attempt works, and reports when the claim is lost. */
export class Lease {
  readonly #ledger: Pick<RunLedger, 'renew'>;
  readonly #clock: Clock;
  readonly #claim: Claim;
  readonly #leaseMs: number;
  readonly #onLost: (error: LeaseLostError) => void;
  #timer: Timer | undefined;

  constructor({
    ledger,
    clock,
    claim,
    leaseMs,
    onLost,
  }: {
    readonly ledger: Pick<RunLedger, 'renew'>;
    readonly clock: Clock;
    readonly claim: Claim;
    readonly leaseMs: number;
    readonly onLost: (error: LeaseLostError) => void;
  }) {
    this.#ledger = ledger;
    this.#clock = clock;
    this.#claim = claim;
    this.#leaseMs = leaseMs;
    this.#onLost = onLost;
    this.#renewLater();
  }

  /** Stops renewing. The lease itself is released through the ledger. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #renewLater(): void {
    const at = addMs(this.#clock.now(), Math.max(1, Math.floor(this.#leaseMs / RENEWALS_PER_LEASE)));
    this.#timer = this.#clock.setTimer(at, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    // If the ledger is unavailable, the state of the lease is unknown: the fence decides at the next commit.
    const held = await this.#ledger.renew(this.#claim, this.#leaseMs).catch(() => true);
    if (this.#timer === undefined) return;
    if (held) this.#renewLater();
    else this.#onLost(new LeaseLostError(this.#claim));
  }
}
