import { readFile } from 'node:fs/promises';

/**
 * Returns when a process started, in its system's own format: the same text as long as it is the same process.
 * `undefined` if it does not run, `null` if it runs on a system that does not report it.
 */
export async function startOfProcess(pid: number): Promise<string | null | undefined> {
  if (!isRunning(pid)) return undefined;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return null;
  // The name before the state may contain spaces and brackets; the start is the twentieth field from the state on.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const hasEnded = fields[0] === 'Z' || fields[0] === 'X';
  return hasEnded ? undefined : (fields[19] ?? null);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // A process of another user cannot be signalled, but it exists.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
