import { InvalidOptionError } from '@gamekeeper/core';
import type { HostModule } from '@gamekeeper/core/ports';
import { described, givenObject } from '@gamekeeper/core/engine';

/**
 * Returns the value if it is a module of a host: a name, and bindings of tokens. A factory that was passed instead of
 * being called is the usual mistake.
 *
 * @throws {InvalidOptionError} naming the option
 */
export function givenModule(option: string, module: HostModule): HostModule {
  const requirement = 'must be a module such as cronerScheduler() returns';
  const given: unknown = module;
  if (typeof given === 'function')
    throw new InvalidOptionError(option, described('a function; call it'), requirement);
  const { name, bindings } = givenObject(option, module, requirement);
  const isModule = typeof name === 'string' && Array.isArray(bindings) && bindings.every(isBinding);
  if (isModule) return module;
  throw new InvalidOptionError(option, described('an object without name and bindings'), requirement);
}

function isBinding(binding: unknown): boolean {
  const { token, dependencies, create } = (binding ?? {}) as Readonly<Record<string, unknown>>;
  return (
    isToken(token) &&
    Array.isArray(dependencies) &&
    dependencies.every(isToken) &&
    typeof create === 'function'
  );
}

function isToken(token: unknown): boolean {
  return typeof (token as { readonly symbol?: unknown } | null | undefined)?.symbol === 'symbol';
}
