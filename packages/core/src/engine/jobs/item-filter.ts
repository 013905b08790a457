/** Which of the items that are due a batch may touch. */
export interface ItemFilter {
  /**
   * These and no others, as far as they are due. The batch then begins nowhere and ends with them: `after` and `limit`
   * mean nothing to it, and `next` is `null`. `null` or left out: whatever comes next.
   */
  readonly only?: readonly string[] | null;
  /** These not, although they are due. */
  readonly skip?: readonly string[];
}
