import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FleetOptions } from './fleet-host.ts';

const program = fileURLToPath(new URL('member.ts', import.meta.url));

/** The processes of a fleet: one or two that send, and any number of workers. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #members = new Map<ChildProcess, 'send' | 'work'>();

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  get workers(): readonly ChildProcess[] {
    return [...this.#members].flatMap(([child, role]) => (role === 'work' ? [child] : []));
  }

  /** Starts a process, and waits until it is ready. */
  async add(role: 'send' | 'work'): Promise<ChildProcess> {
    const child = fork(program, [role, JSON.stringify(this.#options)], { execArgv: process.execArgv });
    this.#members.set(child, role);
    child.once('exit', () => this.#members.delete(child));
    const [message] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [unknown];
    if (message !== 'ready')
      throw new Error(`a process of the fleet ended at its start, with ${String(message)}`);
    return child;
  }

  /** Kills a worker without a warning, as a machine that dies. Returns its process id. */
  async killOne(): Promise<number | undefined> {
    const [child] = this.workers;
    if (!child) return undefined;
    child.kill('SIGKILL');
    await once(child, 'exit');
    return child.pid;
  }

  /** Lets all processes finish or give back their work. */
  async stop(): Promise<void> {
    const ending = [...this.#members.keys()].map(async (child) => {
      child.kill('SIGTERM');
      await once(child, 'exit');
    });
    await Promise.all(ending);
  }
}
