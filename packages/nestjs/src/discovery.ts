import { InvalidOptionError } from '@gamekeeper/core';
import type { DiscoveryService } from '@nestjs/core';
import { markedMethods, type MarkedMethod, type MarkKind } from './marked-methods.ts';

/** What is read of an `InstanceWrapper` of Nest. */
interface Wrapper {
  readonly instance: unknown;
  readonly metatype: unknown;
  /** Whether it is made by a factory or given as a value. */
  readonly isNotMetatype: boolean;
  /** What a factory gets; of classes and values there is none. */
  readonly inject?: readonly unknown[] | null | undefined;
  readonly isTransient: boolean;
  isDependencyTreeStatic(): boolean;
}

/** A marked method of a provider or controller. */
export interface Found<Mark> extends MarkedMethod<Mark> {
  /** Class and method, for people: `Digests.send`. */
  readonly place: string;
  readonly wrapper: Wrapper;
  /** Calls a method of the provider; the provider exists once the application is initialized. */
  readonly call: (method: string | symbol, ...given: readonly unknown[]) => unknown;
  /** Whether the provider's class has this method. */
  readonly has: (method: string | symbol) => boolean;
}

type Methods = Record<string | symbol, (...given: readonly unknown[]) => unknown>;

/** Returns the marked methods of all classes and values that Nest has found, before it creates them. */
export function discover<Mark>(discovery: DiscoveryService, kind: MarkKind<Mark>): readonly Found<Mark>[] {
  return wrappersOf(discovery).flatMap((wrapper) => {
    // Some factories have made their provider by now, others have not.
    if (wrapper.isNotMetatype && wrapper.inject) return [];
    const prototype = wrapper.isNotMetatype
      ? wrapper.instance
      : (wrapper.metatype as { readonly prototype?: unknown }).prototype;
    return markedMethods(kind, prototype).map(({ method, mark }) => ({
      method,
      mark,
      wrapper,
      place: `${nameOf(prototype)}.${String(method)}`,
      call: (name, ...given) => (wrapper.instance as Methods)[name]!(...given),
      has: (name) => typeof (prototype as Partial<Methods>)[name] === 'function',
    }));
  });
}

/**
 * Checks the created providers: none with a mark was missed, and each is a singleton.
 *
 * @throws {InvalidOptionError} naming class and method
 */
export function assertServed<Mark>(
  discovery: DiscoveryService,
  { decorator, ...kind }: MarkKind<Mark>,
  served: readonly Found<Mark>[],
): void {
  for (const { place, wrapper } of served) {
    if (wrapper.isTransient || !wrapper.isDependencyTreeStatic())
      throw refused(decorator, place, 'its provider must be a singleton, without request or transient scope');
  }
  const known = new Set(served.map(({ wrapper }) => wrapper.instance));
  for (const { instance } of wrappersOf(discovery)) {
    const [missed] = known.has(instance) ? [] : markedMethods({ decorator, ...kind }, instance);
    if (missed)
      throw refused(
        decorator,
        `${nameOf(instance)}.${String(missed.method)}`,
        'its provider is made by a factory; list the class itself in providers, and inject what it needs',
      );
  }
}

/** Returns the error for a marked method that cannot be served. */
export function refused(
  decorator: string,
  place: string,
  problem: string,
  cause?: unknown,
): InvalidOptionError {
  return new InvalidOptionError(place, undefined, problem, {
    message: `${decorator} on ${place}: ${problem}.`,
    cause,
  });
}

function wrappersOf(discovery: DiscoveryService): readonly Wrapper[] {
  const all: readonly Wrapper[] = [...discovery.getProviders(), ...discovery.getControllers()];
  return all.filter(({ isNotMetatype, metatype }) => isNotMetatype || typeof metatype === 'function');
}

function nameOf(prototype: unknown): string {
  return (prototype as object).constructor.name;
}
