import { GamekeeperError } from '@gamekeeper/core';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, readlink, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { sqlState as codeOf } from './failures.ts';
import { startOfProcess } from './process-start.ts';

/** The embedded database is open already, in another process or in this one. */
export class FolderInUseError extends GamekeeperError<'FOLDER_IN_USE'> {
  constructor(folder: string, lock: string, holder: Holder | null) {
    const by = holder ? `process ${holder.pid} on ${holder.host}` : 'a process that is just starting';
    super(
      'FOLDER_IN_USE',
      `The folder ${JSON.stringify(folder)} is in use by ${by}, and the embedded database serves one process at a time; stop that process, choose another folder, or give the url of a PostgreSQL server (if you know that nobody uses the folder, delete ${lock}).`,
    );
  }
}

/** A folder that this process has to itself. */
export interface FolderLock {
  /** Gives the folder to others. */
  readonly release: () => Promise<void>;
}

/** How a lock shows that its process lives to those who cannot look the process up. */
export interface Heartbeat {
  /** How often the lock is touched. Milliseconds, default 5,000. */
  readonly intervalMs: number;
  /** A lock that was not touched for this long is abandoned. Milliseconds, default 30,000. */
  readonly staleMs: number;
}

/** The process that holds a lock. */
interface Holder {
  /** Tells this lock from every other. */
  readonly id: string;
  readonly pid: number;
  /** When the process started, as its system counts it: process ids are used again, in containers very soon. */
  readonly startedAt: string | null;
  readonly host: string;
  /** Within which process ids mean the same processes: a machine, or a container on it. */
  readonly pidSpace: string;
}

interface Lock {
  /** What the file says, to tell it from a later one. */
  readonly text: string;
  readonly holder: Holder | null;
  readonly touchedAt: number;
}

/**
 * Takes a folder for this process alone, by a file in it that is created exclusively. PGlite has no lock of its own,
 * and two of them on one folder destroy each other's data.
 *
 * A lock whose process is gone is taken over: at once where processes can be looked up, otherwise (another machine or
 * container on a shared disk) when it has not been touched for `staleMs`, which is waited for.
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
  // Whoever forgets to close the database may still end.
  beat.unref();
  return {
    release: async () => {
      clearInterval(beat);
      // Not ours any more when this process stood still for so long that another took the folder over.
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

/** Linux numbers the spaces of process ids: each container has one of its own. */
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

/** Removes a lock, unless it is another one by now. Only one process at a time is let in here. */
async function removeAbandoned(folder: string, file: string, lock: Lock, staleMs: number): Promise<void> {
  const turn = `${file}.takeover`;
  if (!(await created(turn, lock.text))) {
    const other = await read(turn);
    // It is held for an instant only, unless its process died in that instant.
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

/** `null` for a lock that is just being written, or whose writer died before it was. */
function holderIn(text: string): Holder | null {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return null;
  }
}
