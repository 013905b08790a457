import { GamekeeperError } from '@gamekeeper/core';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, readlink, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { sqlState as codeOf } from './failures.ts';
import { startOfProcess } from './process-start.ts';

/** Thrown when the embedded database is already open, in another process or in this one. */
export class FolderInUseError extends GamekeeperError<'FOLDER_IN_USE'> {
  constructor(folder: string, lock: string, holder: Holder | null) {
    const by = holder ? `process ${holder.pid} on ${holder.host}` : 'a process that is just starting';
    super(
      'FOLDER_IN_USE',
      `The folder ${JSON.stringify(folder)} is in use by ${by}, and the embedded database serves one process at a time; stop that process, choose another folder, or set the url of a PostgreSQL server (if no process uses the folder, delete ${lock}).`,
    );
  }
}

/** A folder that only this process uses. */
export interface FolderLock {
  /** Releases the folder. */
  readonly release: () => Promise<void>;
}

/** How a lock shows that its process is alive, for processes that cannot look its pid up. */
export interface Heartbeat {
  /** Interval between two touches of the lock. Milliseconds, default 5,000. */
  readonly intervalMs: number;
  /** A lock that was not touched for this time is abandoned. Milliseconds, default 30,000. */
  readonly staleMs: number;
}

/** The process that holds a lock. */
interface Holder {
  /** Identifies this lock. */
  readonly id: string;
  readonly pid: number;
  /** When the process started, in its system's own format: pids are reused, in containers very soon. */
  readonly startedAt: string | null;
  readonly host: string;
  /** The pid namespace: a machine, or a container on it. */
  readonly pidSpace: string;
}

interface Lock {
  /** The content of the file, to distinguish it from a later lock. */
  readonly text: string;
  readonly holder: Holder | null;
  readonly touchedAt: number;
}

/**
 * Locks a folder for this process, by a file that is created exclusively. PGlite has no lock, and two instances on one
 * folder destroy each other's data.
 *
 * A lock whose process has ended is taken over: at once if the pid can be looked up, otherwise (another machine or
 * container on a shared disk) after it was not touched for `staleMs`.
 *
 * @throws {FolderInUseError}
 */
export async function lockFolder(
  folder: string,
  { intervalMs, staleMs }: Heartbeat = { intervalMs: 5_000, staleMs: 30_000 },
): Promise<FolderLock> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'gamekeeper.lock');
  const text = JSON.stringify(await thisProcess());
  while (!(await created(file, text))) {
    const lock = await read(file);
    if (!lock) continue;
    if (await isHeld(file, lock, staleMs)) throw new FolderInUseError(folder, file, lock.holder);
    await removeAbandoned(folder, file, lock, staleMs);
  }
  const now = (): Date => new Date();
  const beat = setInterval(() => void utimes(file, now(), now()).catch(() => undefined), intervalMs);
  // An open database must not keep the process alive.
  beat.unref();
  return {
    release: async () => {
      clearInterval(beat);
      // The lock is not ours any more if this process was paused for so long that another took it over.
      if ((await read(file))?.text === text) await rm(file, { force: true });
    },
  };
}

async function thisProcess(): Promise<Holder> {
  return {
    id: randomUUID(),
    pid: process.pid,
    startedAt: (await startOfProcess(process.pid)) ?? null,
    host: hostname(),
    pidSpace: await pidSpace(),
  };
}

/** On Linux each container has its own pid namespace with a number. */
async function pidSpace(): Promise<string> {
  return readlink('/proc/self/ns/pid').catch(() => process.platform);
}

async function isHeld(file: string, lock: Lock, staleMs: number): Promise<boolean> {
  const { holder } = lock;
  if (holder && holder.host === hostname() && holder.pidSpace === (await pidSpace())) {
    const startedAt = await startOfProcess(holder.pid);
    if (startedAt === undefined) return false;
    return startedAt === null || holder.startedAt === null || startedAt === holder.startedAt;
  }
  for (;;) {
    const age = Date.now() - lock.touchedAt;
    if (age >= staleMs) return false;
    await pause(Math.min(staleMs - age, staleMs / 20));
    const again = await read(file);
    if (!again) return false;
    if (again.touchedAt !== lock.touchedAt || again.text !== lock.text) return true;
  }
}

/** Removes a lock, unless it is another one by now. Only one process at a time runs this. */
async function removeAbandoned(folder: string, file: string, lock: Lock, staleMs: number): Promise<void> {
  const turn = `${file}.takeover`;
  if (!(await created(turn, lock.text))) {
    const other = await read(turn);
    // It is held only briefly, unless its process died meanwhile.
    if (other && Date.now() - other.touchedAt >= staleMs) await rm(turn, { force: true });
    else if (other) throw new FolderInUseError(folder, file, null);
    return;
  }
  try {
    if ((await read(file))?.text === lock.text) await rm(file, { force: true });
  } finally {
    await rm(turn, { force: true });
  }
}

async function created(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function read(file: string): Promise<Lock | null> {
  try {
    const { mtimeMs } = await stat(file);
    const text = await readFile(file, 'utf8');
    return { text, holder: holderIn(text), touchedAt: mtimeMs };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Returns `null` for a lock that is being written, or whose writer died before. */
function holderIn(text: string): Holder | null {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return null;
  }
}
