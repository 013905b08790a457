import { InvalidOptionError, type Clock } from '@gamekeeper/core';
import { provide, token, engineTokens, type HostModule, type Token } from '@gamekeeper/core/ports';
import { ClockWatch, StoreClock } from '@gamekeeper/core/engine';
import type { CheckedOptions, JobHostOptions } from './host-options.ts';
import { MonotonicClock } from './system-clock.ts';

/** The host's own clock, not corrected by the store's clock. */
const hostClock: Token<Clock> = token('HostClock');

/** The clock skew beyond which a host with the machine's clock logs a warning. Milliseconds. */
const MAX_SKEW_MS = 5_000;

/** How a host's clock follows the store's. */
export interface ClockPolicy {
  readonly maxSkewMs: number;
  /** Whether the host has a custom clock instead of the machine's. */
  readonly isOwn: boolean;
  readonly refuse: boolean;
}

/**
 * Returns whether and how a host follows the store's clock: always with the machine's clock; with a custom clock (a
 * test, a replay) only if `engine.maxClockSkewMs` is set.
 *
 * @throws {InvalidOptionError} if `engine.refuseSkewedClock` is set for a clock whose skew is not measured
 */
export function clockPolicy(
  options: Pick<JobHostOptions, 'clock' | 'modules'>,
  { maxClockSkewMs, refuseSkewedClock: refuse }: CheckedOptions,
): ClockPolicy | null {
  const isOwn = hasOwnClock(options);
  if (!isOwn || maxClockSkewMs !== null) return { maxSkewMs: maxClockSkewMs ?? MAX_SKEW_MS, isOwn, refuse };
  if (!refuse) return null;
  throw new InvalidOptionError(
    'engine.refuseSkewedClock',
    refuse,
    'works with a custom clock only together with engine.maxClockSkewMs, because a custom clock is otherwise not compared with the store’s clock',
  );
}

/** Returns the clock for measuring durations: the custom clock if the host has one, otherwise a monotonic clock. */
export function monotonicClockOf(clock: Clock, options: Pick<JobHostOptions, 'clock' | 'modules'>): Clock {
  return hasOwnClock(options) ? StoreClock.hostOf(clock) : new MonotonicClock();
}

/** Returns the modules with their clock corrected by the store's clock, for everything that resolves a clock. */
export function withStoreClock(modules: readonly HostModule[]): readonly HostModule[] {
  const moved = modules.map((module) => ({
    ...module,
    bindings: module.bindings.map((binding) =>
      isClock(binding.token) ? { ...binding, token: hostClock } : binding,
    ),
  }));
  const bindings = [provide(engineTokens.clock, [hostClock], (clock) => new StoreClock(clock))];
  return [...moved, { name: 'the host', bindings }];
}

/** Returns the watch over a host's clock, or `null` if that clock does not follow a store's clock. */
export function clockWatch(
  port: <T>(token: Token<T>) => T,
  policy: ClockPolicy | null,
  { instanceId, health }: CheckedOptions,
): ClockWatch | null {
  const clock = port(engineTokens.clock);
  if (!policy || !(clock instanceof StoreClock)) return null;
  return new ClockWatch({
    clock,
    timers: policy.isOwn ? StoreClock.hostOf(clock) : new MonotonicClock(),
    storeTime: port(engineTokens.storeTime),
    skewedInstances: port(engineTokens.skewedInstances),
    logger: port(engineTokens.logger),
    instanceId,
    intervalMs: health.watchIntervalMs,
    maxSkewMs: policy.maxSkewMs,
  });
}

/** Returns whether a host has a custom clock instead of the machine's. */
export function hasOwnClock({ clock, modules }: Pick<JobHostOptions, 'clock' | 'modules'>): boolean {
  return (
    clock !== undefined ||
    modules.flatMap(({ bindings }) => bindings).some((binding) => isClock(binding.token))
  );
}

function isClock({ symbol }: Token<unknown>): boolean {
  return symbol === engineTokens.clock.symbol;
}
