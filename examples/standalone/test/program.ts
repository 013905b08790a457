import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The example's program in a separate process, with its output and its errors. */
export class Program {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  output = '';
  complaints = '';

  /** @param start the program, alone or with variables of the environment that it gets beside this process's */
  constructor(
    start: string | { readonly path: string; readonly env: NodeJS.ProcessEnv },
    ...args: readonly string[]
  ) {
    const { path, env } = typeof start === 'string' ? { path: start, env: {} } : start;
    const program = fileURLToPath(new URL(path, import.meta.url));
    this.#child = spawn(process.execPath, ['--conditions=@gamekeeper/source', program, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.#child.stdout?.on('data', (text: Buffer) => (this.output += text.toString()));
    this.#child.stderr?.on('data', (text: Buffer) => {
      this.complaints += text.toString();
      process.stderr.write(text);
    });
    this.#ended = once(this.#child, 'close');
  }

  async hasSaid(words: string): Promise<void> {
    while (!this.output.includes(words)) {
      const next = this.#child.stdout ? once(this.#child.stdout, 'data') : this.#ended;
      await Promise.race([next, this.#ended]);
      if (this.#child.exitCode !== null)
        throw new Error(`ended with ${this.#child.exitCode}: ${this.output}`);
    }
  }

  /** Answers with which code it ended; `null` when a signal ended it. */
  async ends(): Promise<number | null> {
    await this.#ended;
    return this.#child.exitCode;
  }

  /** Answers with which code it ended; `null` when a signal ended it. */
  terminate(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return this.ends();
  }

  /** Makes the process stand still, from outside. */
  async stop(): Promise<void> {
    this.#child.kill('SIGSTOP');
    await this.hasStopped();
  }

  /** Lets a process that stands still go on. */
  wake(): void {
    this.#child.kill('SIGCONT');
  }

  /** Until the kernel says that the process stands still. */
  async hasStopped(): Promise<void> {
    for (;;) {
      if (this.#child.exitCode !== null)
        throw new Error(`ended with ${this.#child.exitCode}: ${this.output}`);
      const state = execFileSync('ps', ['-o', 'stat=', '-p', String(this.#child.pid)], { encoding: 'utf8' });
      if (state.trim().startsWith('T')) return;
      await pause(20);
    }
  }

  /** Lets a process that stands still go on to its end. */
  async goOn(): Promise<void> {
    this.wake();
    await this.#ended;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
