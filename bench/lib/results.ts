import { readFile, writeFile } from 'node:fs/promises';

/** What a bench has measured, for the plots of the documentation. */
export interface BenchResult {
  /** Names the result: a later one with the same name takes its place. */
  readonly name: string;
  readonly title: string;
  /** What the values are, such as `seconds`. */
  readonly unit: string;
  /** The medians, by way, in the order in which they are shown. */
  readonly values: Readonly<Record<string, number>>;
}

let file: string | undefined;

/** Results are kept in this file from now on. */
export function saveResultsIn(path: string | undefined): void {
  file = path;
}

/** Keeps a result, if results are kept. */
export async function saveResult(result: BenchResult): Promise<void> {
  if (file === undefined) return;
  const others = (await readResults(file)).filter(({ name }) => name !== result.name);
  await writeFile(file, `${JSON.stringify([...others, result], null, 2)}\n`);
}

/** Returns the results in a file; none if it does not exist. */
export async function readResults(path: string): Promise<readonly BenchResult[]> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as readonly BenchResult[];
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
