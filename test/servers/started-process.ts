import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** A temporary folder of its own. */
  readonly folder: string;
  /** Whom to run it as, where this process may choose. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
}

const START_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 10_000;

/** Runs a command to its end. */
export async function run(command: Command): Promise<void> {
  const { child, output } = launch(command);
  await ended(child);
  if (child.exitCode !== 0) throw new Error(`${command.file} ended with ${child.exitCode}: ${output()}`);
}

/** Stops a server: by default as one that lets go of its clients and ends in order. */
export type Stop = (signal?: NodeJS.Signals) => Promise<void>;

/** Starts a server and waits until it answers. Gives back what stops it. */
export async function startProcess(command: Command, probe: () => Promise<void>): Promise<Stop> {
  const { child, output } = launch(command);
  const leave = (): void => {
    // A test run that is cut short takes its server along. Nothing is awaited here, so the server gets a blocking pause.
    child.kill('SIGQUIT');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    rmSync(command.folder, { recursive: true, force: true });
  };
  process.once('exit', leave);
  // SIGINT is PostgreSQL's fast shutdown, which does not wait for clients; Redis takes it the same way.
  const stop: Stop = async (signal = 'SIGINT') => {
    process.removeListener('exit', leave);
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    await ended(child);
    clearTimeout(timer);
  };
  const giveUpAt = performance.now() + START_WITHIN_MS;
  for (;;) {
    const problem = await probe().then(
      () => null,
      (error: unknown) => error,
    );
    if (problem === null && isRunning(child)) return stop;
    if (!isRunning(child) || performance.now() > giveUpAt) {
      await stop();
      throw new Error(`${command.file} does not answer: ${String(problem)}\n${output()}`);
    }
    await sleep(50);
  }
}

/** A port of this machine that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function launch({ file, args, folder, user }: Command): { child: ChildProcess; output: () => string } {
  const env = { PATH: process.env['PATH'], LC_ALL: 'C' };
  const child = spawn(file, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], ...user });
  let text = '';
  const keep = (chunk: Buffer): void => void (text = (text + chunk.toString()).slice(-2_000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.on('error', (error) => keep(Buffer.from(String(error))));
  return { child, output: () => text };
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

async function ended(child: ChildProcess): Promise<void> {
  if (isRunning(child)) await once(child, 'exit');
}
