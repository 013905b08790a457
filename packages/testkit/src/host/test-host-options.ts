import type { JobHostOptions } from '@gamekeeper/composition';
import {
  HOUR_MS,
  InProcessEventBus,
  InvalidOptionError,
  eventBus,
  noThrottle,
  runThrottle,
  silentLogger,
  type InstantLike,
} from '@gamekeeper/core';
import { engineTokens, optionalTokens, type HostModule, type Token } from '@gamekeeper/core/ports';
import { givenList, givenObject, knownOptions, wholeNumber } from '@gamekeeper/core/engine';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { memoryAdapters } from '../memory/memory-adapters.ts';

/** Options of {@link testHost}: those of `createJobHost`, all optional, and the following. */
export interface TestHostOptions extends Omit<JobHostOptions, 'modules' | 'clock'> {
  /** The initial time. Default: `2026-01-01T12:00:00Z`. */
  readonly now?: InstantLike;
  /**
   * What the host runs on. What they do not bind is added: adapters in memory, schedules by Croner, an event bus in this
   * process. Open PostgreSQL with `pinnableClock: true`.
   */
  readonly modules?: readonly HostModule[];
  /** Whether the jobs run at their ticks. With `false`, run single ticks with `host.runNow`. Default `true`. */
  readonly start?: boolean;
  /** How long one step of an advance may take. Real milliseconds, default 10,000. */
  readonly settleTimeoutMs?: number;
}

/** Options with defaults. */
export type CompleteTestHostOptions = Omit<JobHostOptions, 'clock'> &
  Required<Pick<TestHostOptions, 'now' | 'start' | 'settleTimeoutMs' | 'health'>>;

const hourlyHealth: NonNullable<JobHostOptions['jobOverrides']> = {
  'job-health': { schedule: { cron: '0 * * * *' } },
};

const OWN_OPTIONS = ['now', 'start', 'settleTimeoutMs'];
const HOST_OPTIONS = [
  'modules',
  'rules',
  'boards',
  'jobs',
  'jobOverrides',
  'engine',
  'health',
  'relay',
  'instanceId',
  'logger',
  'observers',
];

/**
 * Returns the options with defaults that leave an advance over days with few steps.
 *
 * @throws {InvalidOptionError} for options that `createJobHost` does not have; it checks its own
 */
export function completeOptions(options: TestHostOptions): CompleteTestHostOptions {
  knownOptions(options, [...OWN_OPTIONS, ...HOST_OPTIONS]);
  const { modules = [], start = true, settleTimeoutMs = 10_000, now = '2026-01-01T12:00:00Z' } = options;
  givenList('modules', modules, 'must be a list such as [postgresAdapters(…)]');
  if (typeof start !== 'boolean') throw new InvalidOptionError('start', start, 'must be true or false');
  wholeNumber('settleTimeoutMs', settleTimeoutMs, { min: 1, max: HOUR_MS });
  return {
    logger: silentLogger,
    ...options,
    now,
    start,
    settleTimeoutMs,
    modules: [...modules, ...missingModules(modules)],
    relay: withDefaults('relay', { pollIntervalMs: HOUR_MS }, options.relay),
    health: withDefaults('health', { watchIntervalMs: HOUR_MS }, options.health),
    jobOverrides: withDefaults('jobOverrides', hourlyHealth, options.jobOverrides),
  };
}

/** @throws {InvalidOptionError} if the group is no object */
function withDefaults<Options extends object>(
  name: string,
  defaults: Options,
  options: Options | undefined,
): Options {
  if (options === undefined) return defaults;
  return overlay(defaults, givenObject(name, options, 'must be an object of options'));
}

/** Returns `under` with what `over` has instead. Reads no property: `createJobHost` checks the names before it does. */
export function overlay<Options extends object>(under: Options, over: Options): Options {
  const properties = {
    ...Object.getOwnPropertyDescriptors(under),
    ...Object.getOwnPropertyDescriptors(over),
  };
  return Object.defineProperties({} as Options, properties);
}

/** Returns modules for what the given ones leave unbound. */
function missingModules(modules: readonly HostModule[]): readonly HostModule[] {
  const bindings = modules.flatMap((module) => (isModule(module) ? module.bindings : []));
  const symbols = new Set(bindings.filter(({ fallback }) => !fallback).map(({ token }) => token.symbol));
  const lacks = ({ symbol }: Token<unknown>): boolean => !symbols.has(symbol);
  return [
    ...(lacks(engineTokens.transactions) ? [memoryAdapters()] : []),
    ...(lacks(engineTokens.scheduler) ? [cronerScheduler()] : []),
    ...(lacks(optionalTokens.eventBus) ? [eventBus(new InProcessEventBus())] : []),
    // The throttle of a database would depend on how busy that is today.
    ...(lacks(optionalTokens.throttle) ? [runThrottle(noThrottle)] : []),
  ];
}

/** Whether a module has bindings; `createJobHost` refuses what is none, with its place in the list. */
export function isModule(module: HostModule | undefined): module is HostModule {
  return Array.isArray(module?.bindings);
}
