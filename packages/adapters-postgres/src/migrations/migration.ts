/** One step from one version of the schema to the next. A published migration never changes. */
export interface Migration {
  /** A unique number and a subject: `0002-avatars`. */
  readonly name: string;
  /** Executed in this order, in one transaction, with our schema as the only one in the search path. */
  readonly statements: readonly string[];
  /**
   * The oldest release that works after this step. Set it only if older releases cannot; without it, their instances
   * continue during a rolling deploy and after a rollback.
   */
  readonly oldestRelease?: string;
}
