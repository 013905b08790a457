import {
  InvalidOptionError,
  addMs,
  type Clock,
  type Instant,
  type Logger,
  type ModuleFinding,
} from '@gamekeeper/core';
import type { HostModule } from '@gamekeeper/core/ports';
import {
  StoreClock,
  createAbortController,
  endsWithin,
  knownOptions,
  type RegistrationMode,
} from '@gamekeeper/core/engine';
import { HostStateError, type HostState } from './host-state.ts';
import { ModuleLifecycle } from './module-lifecycle.ts';

/** Options of {@link JobHost.open}. */
export interface OpenOptions {
  /**
   * Which of this host's jobs and rules are stored; the newest stored ones apply to every instance. `all` for a backend
   * (default); `none` and `new` for tools that read a game or run single ticks with the stored schedules and rules,
   * whatever their own configuration is. A host that was opened with `none` or `new` can neither `start` nor `watch`.
   */
  readonly register?: RegistrationMode;
  /**
   * Whether modules migrate their stores, whatever their own options are. Default: their options with `register:
   * 'all'`, otherwise `false`.
   */
  readonly migrate?: boolean;
}

/** What a {@link HostLifecycle} opens and stops. */
export interface LifecycleParts {
  readonly modules: readonly HostModule[];
  readonly clock: Clock;
  /** The clock for measuring durations; it cannot be set. */
  readonly monotonicClock: Clock;
  readonly logger: Logger;
  readonly shutdownTimeoutMs: number;
  /** Called once the modules are open. If it throws, the host is not opened. */
  readonly prepare: (register: RegistrationMode) => Promise<void>;
  /** Stops the work on jobs, alerts and events. Returns whether everything had ended in time. */
  readonly stopWork: (withinMs: number) => Promise<boolean>;
  /** Called before the modules are closed, also if the host was never opened. */
  readonly release: () => void;
}

const LEFT_BEHIND =
  'shutdown timed out while a batch was still running; the batch will be rolled back and another instance takes the run over when the lease expires';

/** Opens a host once, stops it once, and holds its state. */
export class HostLifecycle {
  readonly #parts: LifecycleParts;
  readonly #modules: ModuleLifecycle;
  #state: HostState = 'new';
  #opening: Promise<void> | undefined;
  #openingSince: Instant | undefined;
  readonly #stopping = createAbortController();
  /** Rejects when a stop no longer waits for the host to be opened. */
  readonly #abandoned = Promise.withResolvers<never>();
  #stopped: Promise<boolean> | undefined;

  constructor(parts: LifecycleParts) {
    this.#parts = parts;
    this.#modules = new ModuleLifecycle(parts.modules, parts.logger);
    this.#abandoned.promise.catch(() => undefined);
  }

  get state(): HostState {
    return this.#state;
  }

  /** How long the host has been opening, in milliseconds; `null` in any other state. */
  get openingMs(): number | null {
    if (this.#state !== 'opening' || this.#openingSince === undefined) return null;
    return this.#parts.monotonicClock.now() - this.#openingSince;
  }

  /**
   * Opens the modules and prepares the host. If anything fails, what was opened is closed again.
   *
   * @throws {HostStateError} {@link InvalidOptionError} and errors of a module or of `prepare`
   */
  async open(options: OpenOptions = {}): Promise<void> {
    const opening = checkedOpening(options);
    if (this.#state !== 'new') throw new HostStateError('open', this.#state);
    this.#state = 'opening';
    this.#openingSince = this.#parts.monotonicClock.now();
    this.#opening = this.#open(opening);
    await Promise.race([this.#opening, this.#abandoned.promise]);
  }

  /** Returns what each module would find when it is opened. */
  checkSetup(): Promise<readonly ModuleFinding[]> {
    return this.#modules.checkSetup();
  }

  /**
   * Opens the host if it is new, and starts its work in the same turn in which the state changes: a stop never comes
   * between them.
   *
   * @param asked what the host was asked to do, for the error message
   * @throws {HostStateError} unless it is open and has not started yet
   */
  async begin(asked: string, state: 'running' | 'watching', work: () => void): Promise<void> {
    if (this.#state === 'new') await this.open();
    if (this.#state !== 'open') throw new HostStateError(asked, this.#state);
    this.#state = state;
    work();
  }

  /** @throws {HostStateError} unless the host is open */
  assertOpen(asked: string): void {
    if (!this.#isOpen()) throw new HostStateError(asked, this.#state);
  }

  /** Stops the host, in whatever state it is. Returns whether everything had ended in time; safe to call twice. */
  stop(): Promise<boolean> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #open({ register, migrate }: CheckedOpening): Promise<void> {
    const { signal } = this.#stopping;
    const { clock, shutdownTimeoutMs } = this.#parts;
    try {
      await this.#modules.open({ migrate, signal });
      await this.#parts.prepare(register);
      signal.throwIfAborted();
    } catch (error) {
      const isStopped = signal.aborted;
      if (!isStopped) this.#state = 'stopping';
      this.#parts.release();
      // Closing may hang for the same reason as opening. Limit it, and throw the original error.
      await endsWithin(StoreClock.hostOf(clock), this.#modules.close(), shutdownTimeoutMs);
      if (!isStopped) this.#state = 'stopped';
      throw error;
    }
    this.#state = register === 'all' ? 'open' : 'attached';
  }

  async #stop(): Promise<boolean> {
    const isOpen = this.#isOpen();
    this.#state = 'stopping';
    this.#stopping.abort(new HostStateError('open', 'stopping'));
    const inTime = await this.#end(isOpen);
    this.#state = 'stopped';
    return inTime;
  }

  /** One deadline for everything that has to end. */
  async #end(isOpen: boolean): Promise<boolean> {
    const { logger, shutdownTimeoutMs, clock, monotonicClock } = this.#parts;
    const endAt = addMs(monotonicClock.now(), shutdownTimeoutMs);
    const remaining = (): number => Math.max(0, endAt - monotonicClock.now());
    const within = (work: Promise<unknown>) => endsWithin(StoreClock.hostOf(clock), work, remaining());
    const opening = this.#opening?.catch(() => undefined) ?? Promise.resolve();
    if (!(await within(opening))) {
      const module = this.#modules.current;
      logger.warn('stopped while the host was still opening', {
        shutdownTimeoutMs,
        ...(module && { module }),
      });
      this.#abandoned.reject(new HostStateError('open', 'stopped'));
      return false;
    }
    const idle = isOpen ? await this.#parts.stopWork(remaining()) : true;
    this.#parts.release();
    if (!idle) logger.warn(LEFT_BEHIND, { shutdownTimeoutMs });
    const closing = this.#modules.close();
    // A connection in use by a batch may take long to close, and the deadline has passed.
    if (!idle || (await within(closing))) return idle;
    logger.warn('stopped while a module was still closing', {
      shutdownTimeoutMs,
      module: this.#modules.current,
    });
    return false;
  }

  #isOpen(): boolean {
    return ['open', 'attached', 'watching', 'running'].includes(this.#state);
  }
}

interface CheckedOpening {
  readonly register: RegistrationMode;
  readonly migrate: boolean | undefined;
}

/** @throws {InvalidOptionError} */
function checkedOpening(options: OpenOptions): CheckedOpening {
  const known = knownOptions(options, ['register', 'migrate']);
  const { register = 'all', migrate = register === 'all' ? undefined : false } = known;
  if (!['all', 'new', 'none'].includes(register))
    throw new InvalidOptionError('register', register, 'must be "all", "new" or "none"');
  if (migrate !== undefined && typeof migrate !== 'boolean')
    throw new InvalidOptionError('migrate', migrate, 'must be true or false');
  return { register, migrate };
}
