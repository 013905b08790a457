/** Executes single statements in a transaction that a host has begun with a library of its choice. */
export interface SqlExecutor {
  /**
   * Executes one statement and returns its rows as objects.
   *
   * @param text SQL with the placeholders `$1`, `$2`, … in this order, each once
   * @param parameters text, numbers, booleans and null: values of other kinds are written as text before
   */
  execute(text: string, parameters: readonly SqlParameter[]): Promise<SqlResult>;
  /** Returns whether the transaction is open; `null` if the library does not know. */
  isOpen(): boolean | null;
}

/** The kinds of parameters that every library passes on unchanged. */
export type SqlParameter = string | number | boolean | null;

/** What a statement returned. */
export interface SqlResult {
  readonly rows: readonly object[];
  /** How many rows it wrote. */
  readonly affected: number;
}
