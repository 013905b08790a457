import type { JobHostOptions } from '@gamekeeper/composition';
import type { AlertRoute, EventBus } from '@gamekeeper/core';
import {
  engineTokens,
  gameTokens,
  optionalTokens,
  type Binding,
  type HostModule,
  type Token,
} from '@gamekeeper/core/ports';
import type { PendingCalls } from './pending-calls.ts';
import { isModule, overlay } from './test-host-options.ts';

type HealthOptions = NonNullable<JobHostOptions['health']>;
type Check = NonNullable<HealthOptions['checks']>[number];

/** What does no work outside of the process. */
const silent: readonly symbol[] = [
  engineTokens.clock,
  engineTokens.logger,
  engineTokens.scheduler,
  engineTokens.scheduleParser,
  optionalTokens.throttle,
  optionalTokens.pinnableTime,
].map(({ symbol }) => symbol);

const counted: ReadonlySet<symbol> = new Set(
  Object.values<Token<unknown>>({ ...engineTokens, ...gameTokens, ...optionalTokens })
    .map(({ symbol }) => symbol)
    .filter((symbol) => !silent.includes(symbol)),
);

/** Returns the modules with every call of their ports and checks counted, and with `changeBus` of the bus. */
export function countedModules(
  modules: readonly HostModule[],
  calls: PendingCalls,
  changeBus: (bus: EventBus) => EventBus,
): readonly HostModule[] {
  return modules.map((module) => {
    if (!isModule(module)) return module;
    const { bindings, healthChecks } = module;
    return {
      ...module,
      bindings: bindings.map((binding) => countedBinding(withBus(binding, changeBus), calls)),
      ...(healthChecks && {
        healthChecks: (resolve) =>
          healthChecks(resolve).map((check) => countedPort(check.name, check, calls)),
      }),
    };
  });
}

/** Returns health options with the calls of their channels and checks counted. */
export function countedHealth(health: HealthOptions, calls: PendingCalls): HealthOptions {
  const { alerts, checks } = health;
  return overlay(health, {
    ...(Array.isArray(alerts) && { alerts: alerts.map((route: AlertRoute) => countedRoute(route, calls)) }),
    ...(Array.isArray(checks) && { checks: checks.map((check: Check) => countedCheck(check, calls)) }),
  });
}

function countedRoute(route: AlertRoute, calls: PendingCalls): AlertRoute {
  const channel = route?.channel;
  return isObject(channel) ? { ...route, channel: countedPort(channel.name, channel, calls) } : route;
}

function countedCheck(check: Check, calls: PendingCalls): Check {
  if (typeof check === 'function') return (resolve) => countedPort('check', check(resolve), calls);
  return isObject(check) ? countedPort(check.name, check, calls) : check;
}

function withBus(binding: Binding, change: (bus: EventBus) => EventBus): Binding {
  if (binding?.token?.symbol !== optionalTokens.eventBus.symbol) return binding;
  return { ...binding, create: (...dependencies) => change(binding.create(...dependencies) as EventBus) };
}

function countedBinding(binding: Binding, calls: PendingCalls): Binding {
  if (!counted.has(binding?.token?.symbol)) return binding;
  const { token, create } = binding;
  const createCounted = (...dependencies: readonly never[]): unknown => {
    const port = create(...dependencies);
    return isObject(port) ? countedPort(token.name, port, calls) : port;
  };
  return { ...binding, create: createCounted };
}

function countedPort<Port extends object>(name: string, port: Port, calls: PendingCalls): Port {
  // Not a proxy of the port itself: that of a frozen object may return nothing else than its own methods.
  return new Proxy(Object.create(port) as Port, {
    get: (_, key) => {
      const member: unknown = Reflect.get(port, key, port);
      if (typeof member !== 'function') return member;
      return (...args: readonly unknown[]): unknown =>
        calls.count(`${name}.${String(key)}`, Reflect.apply(member, port, args));
    },
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
