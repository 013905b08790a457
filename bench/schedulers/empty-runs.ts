/** How many runs of a job that does nothing were worked off, and what that took. */
export interface EmptyRuns {
  readonly name: string;
  readonly milliseconds: number;
  /** Statements or commands that were sent to the server, `begin` and `commit` included. */
  readonly sent: number;
  /** What is sure of a run once it is done. */
  readonly guarantee: string;
}
