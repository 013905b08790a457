import { loadReplay, type FinishedReplay, type ReplayOptions } from '@gamekeeper/cli';
import { addMs } from '@gamekeeper/core';
import {
  engineTokens,
  optionalTokens,
  provide,
  type Binding,
  type Courier,
  type HostModule,
  type Outbox,
  type Scheduler,
} from '@gamekeeper/core/ports';
import { VirtualClock } from '@gamekeeper/testkit';

const { ReplayDriver, countRuns, replayHost, sharedStore, timeline } = await loadReplay();

/** An item of a queue is handled within this, or it is lost. Milliseconds of the machine. */
const LOST_AFTER_MS = 60_000;
const DIVIDED = ['life-regeneration', 'streak-update', 'session-cleanup'];

/**
 * Replays a history with the ticks carried by a real queue: one host sends them, in the order of time, and another one
 * works on what the queue gives it. Players play on both.
 *
 * @param carrier returns the module of the queue for one of the hosts
 */
export async function replayCarried({
  store,
  carrier,
  quizzes,
  from,
  to,
}: Omit<ReplayOptions, 'onProgress' | 'signal' | 'game'> & {
  readonly carrier: () => HostModule;
}): Promise<FinishedReplay & { readonly carried: { readonly runs: number; readonly shards: number } }> {
  const clock = new VirtualClock(addMs(from, 1));
  const shared = sharedStore(store);
  const ticks = new HandScheduler();
  const items = new Items();
  const hostOf = (role: 'send' | 'work') =>
    replayHost({
      store: shared.module,
      clock,
      instanceId: role,
      modules: [items.watch(carrier()), ticks.module],
      engine: { role },
      jobOverrides: Object.fromEntries(DIVIDED.map((job) => [job, { maxShards: 3 }])),
    });
  const [sender, worker] = [hostOf('send'), hostOf('work')];
  const stop = async (): Promise<void> => {
    await sender.stop();
    await worker.stop();
    await shared.close();
  };
  const player = new ReplayDriver(sender);
  try {
    await worker.start();
    await sender.start();
    const names = sender.jobs.map(({ job }) => job.name);
    for (const happening of timeline(sender.jobs, quizzes, from, to)) {
      clock.jumpTo(happening.at);
      if (happening.kind === 'tick') {
        ticks.wake(names.indexOf(happening.job));
        await items.handled();
      } else await player.act(happening, happening.row % 2 === 0 ? sender : worker);
    }
    for (const name of names)
      player.runs.set(name, { count: (await countRuns(sender, name)).succeeded, ms: 0 });
  } catch (error) {
    await stop();
    throw error;
  }
  const outbox = sender.container.get<Outbox>(engineTokens.outbox.symbol);
  return { host: sender, outbox, counts: player, carried: items.counts, close: stop };
}

/** Wakes jobs when it is told to. The engine follows them in their order. */
class HandScheduler {
  readonly #wakes: (() => void)[] = [];

  get module(): HostModule {
    const scheduler: Scheduler = {
      onTick: (_schedule, wake) => {
        this.#wakes.push(wake);
        return { cancel: () => undefined };
      },
    };
    return { name: 'by hand', bindings: [provide(engineTokens.scheduler, [], () => scheduler)] };
  }

  wake(index: number): void {
    const wake = this.#wakes[index];
    if (!wake) throw new Error(`nobody follows job ${index}`);
    wake();
  }
}

/** What was sent by all hosts and is not handled yet. */
class Items {
  readonly counts = { runs: 0, shards: 0 };
  readonly #waiting = new Set<string>();
  #onHandled: () => void = () => undefined;

  /** Returns a module whose courier is watched. */
  watch(module: HostModule): HostModule {
    const isCourier = ({ token }: Binding): boolean => token.symbol === optionalTokens.courier.symbol;
    return {
      ...module,
      bindings: module.bindings.map((binding) =>
        isCourier(binding)
          ? { ...binding, create: (...parts) => this.#watched(binding.create(...parts) as Courier) }
          : binding,
      ),
    };
  }

  /** Resolves when all that was sent is handled, also what was sent on the way. */
  async handled(): Promise<void> {
    if (this.#waiting.size === 0) return;
    const done = Promise.withResolvers<void>();
    this.#onHandled = done.resolve;
    const lost = setTimeout(
      () => done.reject(new Error(`never handled: ${[...this.#waiting].join(', ')}`)),
      LOST_AFTER_MS,
    );
    await done.promise.finally(() => clearTimeout(lost));
  }

  #watched(courier: Courier): Courier {
    return {
      supports: courier.supports,
      send: (items, tx) => {
        for (const { key } of items) this.#waiting.add(key);
        return courier.send(items, tx);
      },
      consume: (jobs, handle) =>
        courier.consume(jobs, async (item) => {
          await handle(item);
          if (this.#waiting.delete(item.key)) this.counts[item.shard ? 'shards' : 'runs'] += 1;
          if (this.#waiting.size === 0) this.#onHandled();
        }),
    };
  }
}
