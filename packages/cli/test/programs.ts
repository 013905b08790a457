import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Said } from './cli.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const many = fileURLToPath(new URL('processes/many.ts', import.meta.url));
const conditions = '--conditions=@gamekeeper/source';

/** Runs `gamekeeper` as a process of its own, to its end or to `stopAt`, the words on standard error at which it is told to stop. */
export async function gamekeeper(
  argv: readonly string[],
  {
    cwd,
    env = {},
    stopAt,
    signal = 'SIGINT',
  }: {
    readonly cwd: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly stopAt?: RegExp;
    readonly signal?: NodeJS.Signals;
  },
): Promise<Omit<Said, 'code'> & { readonly code: number | null }> {
  const child = spawn(process.execPath, [conditions, main, ...argv], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  let stopped = false;
  const heard = (): void => {
    if (stopped || !stopAt?.test(said.out + said.err)) return;
    stopped = true;
    child.kill(signal);
  };
  child.stdout.on('data', (text: Buffer) => {
    said.out += text.toString();
    heard();
  });
  child.stderr.on('data', (text: Buffer) => {
    said.err += text.toString();
    heard();
  });
  await once(child, 'close');
  return { code: child.exitCode, ...said };
}

/** Runs command lines one after the other in one process that is not the test's. */
export function gamekeeperMany(
  lines: readonly { readonly argv: readonly string[]; readonly cwd: string }[],
): Promise<readonly Said[]> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [conditions, many, JSON.stringify(lines)], (error, stdout) => {
      if (error) reject(error);
      else resolve(JSON.parse(stdout) as readonly Said[]);
    });
  });
}
