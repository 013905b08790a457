/** Which due items a batch may process. */
export interface ItemFilter {
  /**
   * Process only these ids, and only those that are due. `after` and `limit` are ignored; `next` is `null`. Omit or
   * `null`: take the next due items.
   */
  readonly only?: readonly string[] | null;
  /** Ids to exclude even if due. */
  readonly skip?: readonly string[];
}
