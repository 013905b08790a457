import type { Json } from '../common/json.ts';

/** The result of a batch. */
export interface BatchProgress<Checkpoint extends Json = Json> {
  /** How many items were changed. */
  readonly processed: number;
  /** Where the next batch begins, in a format of the job's or adapter's own; `null` when no work is left. */
  readonly next: Checkpoint | null;
}
