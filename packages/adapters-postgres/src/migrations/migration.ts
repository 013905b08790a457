/** One step from one version of the schema to the next. A published one never changes. */
export interface Migration {
  /** A number that no other has, and what it is about: `0002-avatars`. */
  readonly name: string;
  /** Carried out in this order, in one transaction, with our schema as the only one in the search path. */
  readonly statements: readonly string[];
}
