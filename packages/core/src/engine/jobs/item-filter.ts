import type { Json } from '../common/json.ts';

/** Which due items a batch may process. */
export interface ItemFilter {
  /**
   * Process only items of this part, as the repository's `divideDue` returned it. Omit or `null`: items of the whole
   * tick.
   */
  readonly shard?: Json;
  /**
   * Process only these ids, and only those that are due. `shard`, `after` and `limit` are ignored; `next` is `null`.
   * Omit or `null`: take the next due items.
   */
  readonly only?: readonly string[] | null;
  /** Ids to exclude even if due. */
  readonly skip?: readonly string[];
}
