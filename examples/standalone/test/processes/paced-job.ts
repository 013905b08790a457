import { defineJob, type JobDefinition } from '@gamekeeper/core';
import { access, open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** What befalls the first run of all: the process stands still in it, or it hangs until the file `release` is there. */
export type Trouble = 'none' | 'stop' | 'hang';

/** A job with a tick every two seconds. */
export function pacedJob(trouble: Trouble, folder: string): JobDefinition {
  return defineJob({
    name: 'paced',
    schedule: { cron: '*/2 * * * * *' },
    missedTicks: 'latest',
    lateAfterMs: 20_000,
    batch: async () => {
      if (trouble !== 'none' && (await isFirst(folder))) await befall(trouble, folder);
      return { processed: 1, next: null };
    },
  });
}

/** Whether no process was here before: a file is made by one only. */
async function isFirst(folder: string): Promise<boolean> {
  try {
    await (await open(join(folder, 'first'), 'wx')).close();
    return true;
  } catch {
    return false;
  }
}

async function befall(trouble: Exclude<Trouble, 'none'>, folder: string): Promise<void> {
  process.stdout.write(`${trouble}ping\n`);
  if (trouble === 'stop') return void process.kill(process.pid, 'SIGSTOP');
  const isThere = async (): Promise<boolean> =>
    access(join(folder, 'release')).then(
      () => true,
      () => false,
    );
  while (!(await isThere())) await pause(100);
}
