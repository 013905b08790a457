import type { Json } from '../common/json.ts';

/** What a batch did, and where the next one goes on. */
export interface BatchProgress<Checkpoint extends Json = Json> {
  /** How many items were changed. */
  readonly processed: number;
  /** Where the next batch goes on, in the terms of whoever does it; `null` when nothing is left to do. */
  readonly next: Checkpoint | null;
}
