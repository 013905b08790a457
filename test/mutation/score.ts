/** How many of a room's mutants made a test fail. */
export interface Score {
  readonly room: string;
  readonly killed: number;
  /** Mutants with which the tests never end; they count as killed. */
  readonly timeout: number;
  readonly survived: number;
  /** No test runs the code. They count as survivors. */
  readonly noCoverage: number;
  readonly percent: number;
}

/** Counts a room's mutants. Ignored ones and those that do not run at all do not count. */
export function scoreOf(room: string, mutants: readonly { readonly status: string }[]): Score {
  const count = (status: string): number => mutants.filter((mutant) => mutant.status === status).length;
  const [killed, timeout] = [count('Killed'), count('Timeout')];
  const [survived, noCoverage] = [count('Survived'), count('NoCoverage')];
  const all = killed + timeout + survived + noCoverage;
  const percent = all === 0 ? 100 : Math.floor(((killed + timeout) / all) * 10_000) / 100;
  return { room, killed, timeout, survived, noCoverage, percent };
}
