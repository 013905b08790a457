import { readFile } from 'node:fs/promises';

/**
 * When a process started, as its system counts it: the same text for as long as it is the same process. `undefined`
 * for one that does not run, `null` for one that runs on a system that does not tell.
 */
export async function startOfProcess(pid: number): Promise<string | null | undefined> {
  if (!isRunning(pid)) return undefined;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return null;
  // The name before the state may hold blanks and brackets; the start is the twentieth field from the state on.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const hasEnded = fields[0] === 'Z' || fields[0] === 'X';
  return hasEnded ? undefined : (fields[19] ?? null);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // A process of another user may not be signalled, but it is there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
