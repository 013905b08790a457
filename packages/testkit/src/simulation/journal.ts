import type { Claim, Instant, ShardPart, Transaction } from '@gamekeeper/core';
import { FINISHING_CHECKPOINT, type RunLedger, type ShardLedger } from '@gamekeeper/core/ports';
import { withVerbs } from './with-verbs.ts';

type Run = Pick<Claim, 'job' | 'tick' | 'instanceId' | 'shard'>;
type Kind = 'batch' | 'end' | 'finish';

/**
 * What was committed at one moment: a batch of a run or of its shard, the last batch of a run, the end of a run whose
 * items were done, the end of a run without work, or an action of a player.
 */
export type Entry =
  | (Run & {
      readonly kind: 'batch' | 'end' | 'finish' | 'pass';
      readonly at: Instant;
      readonly shard?: ShardPart;
    })
  | { readonly kind: 'action'; readonly index: number; readonly at: Instant };

/** All commits in order: more than the ledger's rows alone can show. */
export class Journal {
  /** Every completion of a run. */
  readonly completions: Run[] = [];
  readonly #entries: (Entry | undefined)[] = [];
  readonly #open = new Map<Transaction, { run: Run; kind: Kind; place: number }>();
  readonly #acted = new Set<number>();
  readonly #now: () => Instant;

  constructor(now: () => Instant) {
    this.#now = now;
  }

  /** Commits that changed something, in order. */
  get entries(): readonly Entry[] {
    return this.#entries.filter((entry) => entry !== undefined);
  }

  /** Returns the same ledger, which also records its changes in this journal. */
  noted(ledger: RunLedger): RunLedger {
    return withVerbs<RunLedger>(ledger, {
      recordIdleTick: async (request) => {
        const passed = await ledger.recordIdleTick(request);
        if (passed) this.#passed(request);
        return passed;
      },
      advance: async (tx, claim, progress, leaseMs) => {
        await ledger.advance(tx, claim, progress, leaseMs);
        this.#note(tx, 'batch', claim);
      },
      succeed: async (tx, claim, progress) => {
        await ledger.succeed(tx, claim, progress);
        this.#note(tx, claim.checkpoint === FINISHING_CHECKPOINT ? 'finish' : 'end', claim);
      },
    });
  }

  /** Returns the same ledger of shards, which also records its changes in this journal. */
  notedShards(shardLedger: ShardLedger): ShardLedger {
    return withVerbs<ShardLedger>(shardLedger, {
      advance: async (tx, claim, progress, leaseMs) => {
        await shardLedger.advance(tx, claim, progress, leaseMs);
        this.#note(tx, 'batch', claim);
      },
    });
  }

  #note(tx: Transaction | null, kind: Kind, run: Run): void {
    if (tx !== null) this.#open.set(tx, { run, kind, place: -1 });
    else if (kind !== 'batch') this.#passed(run);
  }

  /**
   * Called when the work of a transaction is done and only its commit is left: this defines its place in the order.
   */
  keepPlace(tx: Transaction): void {
    const noted = this.#open.get(tx);
    if (noted) noted.place = this.#entries.push(undefined) - 1;
  }

  /** Called when a transaction has committed. */
  committed(tx: Transaction): void {
    const noted = this.#open.get(tx);
    if (!noted) return;
    this.#open.delete(tx);
    const { run, kind, place } = noted;
    if (kind !== 'batch') this.completions.push(run);
    const { job, tick, instanceId, shard } = run;
    this.#entries[place] = { job, tick, instanceId, kind, at: this.#now(), ...(shard && { shard }) };
  }

  #passed({ job, tick, instanceId }: Run): void {
    this.completions.push({ job, tick, instanceId });
    this.#entries.push({ kind: 'pass', job, tick, instanceId, at: this.#now() });
  }

  /** Called when an action of a player commits. */
  acted(index: number): void {
    this.#acted.add(index);
    this.#entries.push({ kind: 'action', index, at: this.#now() });
  }

  /** Called with the end of an action: it was refused if it has committed nothing by then. */
  answered(index: number): void {
    if (!this.#acted.has(index)) this.acted(index);
  }
}
