import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from './folder-lock.ts';

const heartbeat = { intervalMs: 20, staleMs: 300 };

describe('lockFolder', () => {
  let folder: string;
  let lock: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'folder-lock-'));
    lock = join(folder, 'gamekeeper.lock');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('lets one in, and says to the next who it is and what to do', async () => {
    const { release } = await lockFolder(folder);
    const second = lockFolder(folder);
    await expect(second).rejects.toMatchObject({ code: 'FOLDER_IN_USE' });
    await expect(second).rejects.toThrow(
      `The folder ${JSON.stringify(folder)} is in use by process ${process.pid} on `,
    );
    await release();
  });

  it('makes the folder, and leaves nothing in it when it is given back', async () => {
    const inner = join(folder, 'made', 'on the way');
    for (const _ of [1, 2]) {
      const { release } = await lockFolder(inner);
      expect(await readdir(inner)).toEqual(['gamekeeper.lock']);
      await release();
      expect(await readdir(inner)).toEqual([]);
    }
  });

  it('takes over at once from a process that was killed', async () => {
    const child = await lockedByAnotherProcess(folder);
    await expect(lockFolder(folder)).rejects.toThrow(`in use by process ${child.pid} on `);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const { release } = await lockFolder(folder);
    expect(await holder()).toMatchObject({ pid: process.pid });
    await release();
  });

  it('takes over from an earlier process that had the id of one that runs now', async () => {
    const { release } = await lockFolder(folder);
    const text = await readFile(lock, 'utf8');
    await release();
    const { startedAt, ...rest } = JSON.parse(text) as { startedAt: string | null };
    if (startedAt === null) return;
    await writeFile(lock, JSON.stringify({ ...rest, startedAt: '1' }));
    await (await lockFolder(folder)).release();
  });

  describe.each([
    ['on another machine', { id: 'x', pid: process.pid, startedAt: null, host: 'elsewhere', pidSpace: 'x' }],
    ['that is unreadable', 'half a li'],
    ['that is empty', ''],
  ])('a lock %s', (_, content) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);

    it('is taken over when it has not been touched for long', async () => {
      await writeFile(lock, text);
      const longAgo = new Date(Date.now() - 31_000);
      await utimes(lock, longAgo, longAgo);
      await (await lockFolder(folder)).release();
    });

    it('is taken over when it is not touched while it is watched', async () => {
      await writeFile(lock, text);
      const before = Date.now();
      await (await lockFolder(folder, heartbeat)).release();
      expect(Date.now() - before).toBeGreaterThanOrEqual(heartbeat.staleMs - 20);
    });

    it('is respected while it is touched', async () => {
      await writeFile(lock, text);
      const beat = setInterval(() => void utimes(lock, new Date(), new Date()), heartbeat.intervalMs);
      await expect(lockFolder(folder, heartbeat)).rejects.toMatchObject({ code: 'FOLDER_IN_USE' });
      clearInterval(beat);
    });
  });

  it('touches its lock for as long as it is held', async () => {
    const { release } = await lockFolder(folder, heartbeat);
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(lock, longAgo, longAgo);
    await expect.poll(async () => Date.now() - (await touchedAt())).toBeLessThan(10_000);
    await release();
    await expect(access(lock)).rejects.toThrow('ENOENT');
  });

  it('does not give back what another has taken over', async () => {
    const { release } = await lockFolder(folder);
    await writeFile(lock, 'the lock of another');
    await release();
    expect(await readFile(lock, 'utf8')).toBe('the lock of another');
  });

  it('lets exactly one of many take over an abandoned folder', async () => {
    for (let round = 0; round < 20; round += 1) {
      await writeFile(lock, `abandoned ${round}`);
      const longAgo = new Date(Date.now() - 31_000);
      await utimes(lock, longAgo, longAgo);
      const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => lockFolder(folder)));
      const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
      expect(won).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'FOLDER_IN_USE' });
      }
      await won[0]!.value.release();
      expect(await readdir(folder)).toEqual([]);
    }
  });

  it('recovers from a process that was killed while it took a folder over', async () => {
    await writeFile(lock, 'abandoned');
    await writeFile(`${lock}.takeover`, 'abandoned, too');
    const longAgo = new Date(Date.now() - 31_000);
    await utimes(lock, longAgo, longAgo);
    await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'FOLDER_IN_USE' });
    await utimes(`${lock}.takeover`, longAgo, longAgo);
    await (await lockFolder(folder)).release();
    expect(await readdir(folder)).toEqual([]);
  });

  async function holder(): Promise<unknown> {
    return JSON.parse(await readFile(lock, 'utf8'));
  }

  async function touchedAt(): Promise<number> {
    return (await stat(lock)).mtimeMs;
  }
});

async function lockedByAnotherProcess(folder: string) {
  const child = spawn(
    process.execPath,
    [
      '--conditions=@gamekeeper/source',
      fileURLToPath(new URL('../../test/processes/lock-folder.ts', import.meta.url)),
      folder,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await once(child.stdout, 'data');
  return child;
}
