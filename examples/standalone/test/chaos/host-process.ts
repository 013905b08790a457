import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CarrierPlace } from './carrier.ts';

const program = fileURLToPath(new URL('host.ts', import.meta.url));

/** A message to a host. */
export interface Told {
  /** The time; the host replies when it has nothing left to do. */
  readonly to: number;
  /** By how much its own clock is ahead of it. Milliseconds. */
  readonly skewMs: number;
}

/** Whether a host corrects its clock by the store's, or goes by its own, however wrong. */
export type HostClock = 'follows' | 'own';

/** A host process as the conductor sees it. */
export class HostProcess {
  readonly #child: ChildProcess;
  readonly #onNews: () => void;
  /** Through which instant it has nothing to do any more; `null` until it has started. */
  #settledAt: number | null = null;
  #told: number | null = null;
  #frozen = false;
  #expectedToEnd = false;

  constructor(
    place: {
      readonly url: string;
      readonly instanceId: string;
      readonly now: number;
      readonly clock: HostClock;
      readonly carrier: CarrierPlace;
    },
    onNews: () => void,
  ) {
    this.#onNews = onNews;
    const args = [place.url, place.instanceId, String(place.now), place.clock, JSON.stringify(place.carrier)];
    this.#child = spawn(process.execPath, ['--conditions=@gamekeeper/source', program, ...args], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.on(
      'data',
      (text: Buffer) => (this.complaints = (this.complaints + text.toString()).slice(-2_000)),
    );
    this.#child.on('message', (at: number) => {
      this.#settledAt = Math.max(at, this.#settledAt ?? at);
      onNews();
    });
    this.#child.on('exit', onNews);
    // A message to a process that has just died says so here; its exit is what counts.
    this.#child.on('error', onNews);
  }

  /** The end of what it wrote to its error stream. */
  complaints = '';

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get hasStarted(): boolean {
    return this.isRunning && this.#settledAt !== null;
  }

  get isFrozen(): boolean {
    return this.#frozen;
  }

  /** Whether it ended on its own after it had started, which must not happen. */
  get diedByItself(): boolean {
    return !this.isRunning && !this.#expectedToEnd && this.#settledAt !== null;
  }

  isSettledAt(at: number): boolean {
    return this.#settledAt !== null && this.#settledAt >= at;
  }

  /** Tells it the time, once, and by how much its clock is wrong. Milliseconds; negative: it is behind. */
  advance(to: number, skewMs: number): void {
    if (!this.hasStarted || !this.#child.connected || this.#told === to) return;
    this.#told = to;
    this.#child.send({ to, skewMs } satisfies Told, () => undefined);
  }

  freeze(): void {
    this.#frozen = this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
    this.#frozen = false;
    this.#onNews();
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    this.#expectedToEnd = true;
    await this.#end('SIGKILL');
  }

  /** Lets it stop in peace. Answers `null`, or how it ended otherwise. */
  async stop(withinMs: number): Promise<string | null> {
    this.#expectedToEnd = true;
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), withinMs);
    await this.#end('SIGTERM');
    clearTimeout(timer);
    const { exitCode, signalCode } = this.#child;
    return exitCode === 0 ? null : `${exitCode ?? signalCode} ${this.complaints}`;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (!this.isRunning) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exit;
  }
}
