import { GamekeeperError } from '@gamekeeper/core';
import { engineTokens, gameTokens, type HostModule, type Token } from '@gamekeeper/core/ports';
import { Container, ContainerModule } from 'inversify';

/** Modules that do not fit together: a port that nobody binds, or one that several do. */
export class WiringError extends GamekeeperError<'WIRING'> {
  constructor(problems: readonly string[]) {
    super('WIRING', `This host cannot be put together: ${problems.join('; ')}.`);
  }
}

/**
 * A module as Inversify sees it, for hosts that load it into a container of their own. Every binding is a singleton,
 * made when it is first asked for.
 */
export function toContainerModule(module: HostModule): ContainerModule {
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
 * Loads modules into a fresh container.
 *
 * @throws {WiringError} naming every port that is missing or bound more than once, and who bound it
 */
export function wire(modules: readonly HostModule[]): Container {
  const settled = withoutUnusedFallbacks(modules);
  const problems = problemsOf(settled);
  if (problems.length > 0) throw new WiringError(problems);
  const container = new Container();
  for (const module of settled) container.load(toContainerModule(module));
  return container;
}

/** What stands behind a token in a container. */
export function resolve<T>(container: Container, token: Token<T>): T {
  return container.get<T>(token.symbol);
}

/** The modules without the fallbacks of tokens that another binding stands for. */
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

/** What the modules of every host bind between them. */
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
        `${binder.name} is bound ${binder.modules.length} times (by ${binder.modules.join(' and ')}), keep one`,
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
    .map(([, { name, by }]) => `nobody binds ${name}, which ${by} needs${hint(name)}`);
  return [...doubled, ...missing];
}

/** Which module binds a port of core; the options bind clock and logger. */
function hint(name: string): string {
  const is = (token: Token<unknown>): boolean => token.name === name;
  if ([engineTokens.scheduleParser, engineTokens.scheduler].some(is)) return ', add cronerScheduler()';
  return ports.some(is) ? ', add postgresAdapters(…)' : '';
}
