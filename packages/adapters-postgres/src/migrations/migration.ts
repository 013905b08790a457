/** One step from one version of the schema to the next. A published one never changes. */
export interface Migration {
  /** A number that no other has, and what it is about: `0002-avatars`. */
  readonly name: string;
  /** Carried out in this order, in one transaction, with our schema as the only one in the search path. */
  readonly statements: readonly string[];
  /**
   * Only for a step after which older code cannot work: the oldest release that can. Left out, instances of older
   * releases go on during a rolling deploy and after a rollback.
   */
  readonly oldestRelease?: string;
}
