import { createJobHost, type JobHost } from '@gamekeeper/composition';
import {
  InProcessEventBus,
  defineJob,
  InvalidOptionError,
  eventBus,
  isGamekeeperError,
  type Batch,
  type BatchProgress,
  type ItemsQuery,
  type JobDefinition,
} from '@gamekeeper/core';
import { givenList, givenObject } from '@gamekeeper/core/engine';
import { optionalTokens, type HostModule } from '@gamekeeper/core/ports';
import type { DiscoveryService } from '@nestjs/core';
import { discover, refused, type Found } from './discovery.ts';
import { gameJobs, type GameJobOptions } from './game-job.ts';
import type { GamekeeperModuleOptions } from './gamekeeper-options.ts';
import { nestLogger } from './nest-logger.ts';
import { eventHandlers } from './on-game-event.ts';

/** A host, and the decorated methods that it calls. */
export interface NestHost {
  readonly host: JobHost;
  readonly start: boolean;
  readonly jobs: readonly Found<GameJobOptions>[];
  readonly handlers: readonly Found<string>[];
}

/**
 * Creates the host of an application, with the decorated methods of all providers and controllers. Nest has found their
 * classes by now, but not created them all: some need the host.
 *
 * @throws {InvalidOptionError} naming the option, or class and method
 * @throws {WiringError}
 */
export function createNestHost(options: GamekeeperModuleOptions, discovery: DiscoveryService): NestHost {
  givenObject('options', options, 'must be an object with modules');
  const { start = true, deadLetter, modules, ...rest } = options;
  if (typeof start !== 'boolean') throw new InvalidOptionError('start', start, 'must be true or false');
  givenList('modules', modules, 'must be a list such as [postgresAdapters(…), cronerScheduler()]');
  const jobs = discover(discovery, gameJobs);
  const handlers = discover(discovery, eventHandlers);
  assertNamedOnce(jobs);
  const bus = handlers.length > 0 || deadLetter !== undefined ? [busOf(handlers, modules, deadLetter)] : [];
  const host = createJobHost({
    logger: nestLogger(),
    ...rest,
    modules: [...modules, ...bus],
    jobs: [
      ...givenList('jobs', rest.jobs ?? [], 'must be a list of jobs that defineJob returned'),
      ...jobs.map(jobOf),
    ],
  });
  return { host, start, jobs, handlers };
}

function jobOf({ mark, place, method, call, has }: Found<GameJobOptions>): JobDefinition {
  const { items, isIdle, ...options } = mark;
  for (const [option, name] of Object.entries({ items, isIdle })) {
    if (name !== undefined && !has(name))
      throw refused('@GameJob', place, `${option} must be the name of a method of the same class`);
  }
  try {
    return defineJob({
      ...options,
      ...(items !== undefined && {
        items: (query: ItemsQuery) => call(items, query) as Promise<readonly string[]>,
      }),
      ...(isIdle !== undefined && { isIdle: (asOf) => call(isIdle, asOf) as Promise<boolean> }),
      batch: (batch: Batch) => call(method, batch) as Promise<BatchProgress>,
    });
  } catch (error) {
    if (!isGamekeeperError(error)) throw error;
    throw refused('@GameJob', place, error.message.replace(/\.$/, ''), error);
  }
}

function assertNamedOnce(jobs: readonly Found<GameJobOptions>[]): void {
  const places = new Map<string, string>();
  for (const { mark, place } of jobs) {
    const other = places.get(mark.name);
    if (other !== undefined) {
      const problem =
        other === place
          ? 'its provider is listed in several modules; list it in one, and import that module'
          : `${other} is a job of the same name, "${mark.name}"`;
      throw refused('@GameJob', place, problem);
    }
    places.set(mark.name, place);
  }
}

function busOf(
  handlers: readonly Found<string>[],
  modules: readonly HostModule[],
  deadLetter: GamekeeperModuleOptions['deadLetter'],
): HostModule {
  const [first] = handlers;
  const other = modules.find(bindsBus);
  if (first && other)
    throw refused(
      '@OnGameEvent',
      first.place,
      `events of this host go to the bus of ${other.name}; consume them from there, or remove that module`,
    );
  const bus = new InProcessEventBus(deadLetter === undefined ? {} : { deadLetter });
  for (const { mark, method, call } of handlers) {
    bus.subscribe((event, context) =>
      event.type === mark ? (call(method, event, context) as Promise<void>) : undefined,
    );
  }
  return eventBus(bus);
}

/** What is no module is refused by `createJobHost`. */
function bindsBus(module: HostModule | undefined): boolean {
  return module?.bindings?.some(({ token }) => token.symbol === optionalTokens.eventBus.symbol) ?? false;
}
