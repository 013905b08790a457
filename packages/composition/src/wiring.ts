import { GamekeeperError } from '@gamekeeper/core';
import { engineTokens, gameTokens, type HostModule, type Token } from '@gamekeeper/core/ports';
import { Container, ContainerModule } from 'inversify';
import { givenModule } from './given-module.ts';

/** Thrown when modules do not fit together: no module binds a port, or several do. */
export class WiringError extends GamekeeperError<'WIRING'> {
  constructor(problems: readonly string[]) {
    super('WIRING', `This host cannot be created: ${problems.join('; ')}.`);
  }
}

/**
 * Returns a module as an Inversify module, for hosts that load it into their own container. Every binding is a
 * singleton, created when it is first resolved.
 *
 * @throws {InvalidOptionError}
 */
export function toContainerModule(module: HostModule): ContainerModule {
  givenModule('module', module);
  return new ContainerModule(({ bind }) => {
    for (const { token, dependencies, create } of module.bindings) {
      const factory = create as (...resolved: readonly unknown[]) => unknown;
      bind(token.symbol)
        .toResolvedValue(
          factory,
          dependencies.map(({ symbol }) => symbol),
        )
        .inSingletonScope();
    }
  });
}

/**
 * Loads modules into a new container and returns it.
 *
 * @throws {WiringError} naming every port that is missing or bound more than once, and the modules that bind it
 */
export function wire(modules: readonly HostModule[]): Container {
  const settled = withoutUnusedFallbacks(modules);
  const problems = problemsOf(settled);
  if (problems.length > 0) throw new WiringError(problems);
  const container = new Container();
  for (const module of settled) container.load(toContainerModule(module));
  return container;
}

/** Returns what a token is bound to in a container. */
export function resolve<T>(container: Container, token: Token<T>): T {
  return container.get<T>(token.symbol);
}

/** Returns what a token is bound to in a container; `undefined` if no module binds it. */
export function resolveIfBound<T>(container: Container, token: Token<T>): T | undefined {
  return container.isBound(token.symbol) ? resolve(container, token) : undefined;
}

/** Removes fallback bindings of tokens that another module binds. */
function withoutUnusedFallbacks(modules: readonly HostModule[]): readonly HostModule[] {
  const firm = new Set(
    modules.flatMap(({ bindings }) =>
      bindings.filter(({ fallback }) => !fallback).map(({ token }) => token.symbol),
    ),
  );
  return modules.map((module) => ({
    ...module,
    bindings: module.bindings.filter(({ token, fallback }) => !fallback || !firm.has(token.symbol)),
  }));
}

/** The ports that the modules of every host must bind. */
const ports: readonly Token<unknown>[] = [...Object.values(engineTokens), ...Object.values(gameTokens)];

function problemsOf(modules: readonly HostModule[]): readonly string[] {
  const binders = new Map<symbol, { readonly name: string; readonly modules: string[] }>();
  for (const module of modules) {
    for (const { token } of module.bindings) {
      const binder = binders.get(token.symbol) ?? { name: token.name, modules: [] };
      binder.modules.push(module.name);
      binders.set(token.symbol, binder);
    }
  }
  const doubled = [...binders.values()]
    .filter((binder) => binder.modules.length > 1)
    .map(
      (binder) =>
        `${binder.name} is bound ${binder.modules.length} times (by ${binder.modules.join(' and ')}); remove all but one of these bindings`,
    );
  const needed = new Map<symbol, { readonly name: string; readonly by: string }>();
  for (const token of ports) needed.set(token.symbol, { name: token.name, by: 'every host' });
  for (const module of modules) {
    for (const { dependencies } of module.bindings) {
      for (const { symbol, name } of dependencies) {
        if (!needed.has(symbol)) needed.set(symbol, { name, by: module.name });
      }
    }
  }
  const missing = [...needed]
    .filter(([symbol]) => !binders.has(symbol))
    .map(([, { name, by }]) => `no module binds ${name} (needed by ${by})${hint(name)}`);
  return [...doubled, ...missing];
}

/** Returns the module to add for a port of core; clock and logger come from the options. */
function hint(name: string): string {
  const is = (token: Token<unknown>): boolean => token.name === name;
  if ([engineTokens.scheduleParser, engineTokens.scheduler].some(is)) return ', add cronerScheduler()';
  return ports.some(is) ? ', add postgresAdapters(…)' : '';
}
