import { InvalidOptionError } from '@gamekeeper/core';

/** A method that a decorator has marked. */
export interface MarkedMethod<Mark> {
  readonly method: string | symbol;
  readonly mark: Mark;
}

/** Where a decorator keeps its marks: on the prototype, so that another decorator may replace the method. */
export interface MarkKind<Mark> {
  /** Of the whole process, so that two copies of this package find each other's marks. */
  readonly key: symbol;
  /** As users write it: `@GameJob`. */
  readonly decorator: string;
  readonly mark?: Mark;
}

export function markKind<Mark>(decorator: string): MarkKind<Mark> {
  return { key: Symbol.for(`@gamekeeper/nestjs:${decorator}`), decorator };
}

/**
 * Marks a method of a class. To be called by a decorator.
 *
 * @throws {InvalidOptionError} for anything but an instance method, and for decorators that are not those of NestJS
 */
export function markMethod<Mark>(
  { key, decorator }: MarkKind<Mark>,
  mark: Mark,
  target: object,
  method: string | symbol,
  descriptor: PropertyDescriptor | undefined,
): void {
  if (typeof method === 'object') {
    throw misplaced(
      decorator,
      'needs "experimentalDecorators": true in tsconfig.json, as all of NestJS does',
    );
  }
  const place = `${ownerName(target)}.${String(method)}`;
  if (typeof target === 'function') throw misplaced(decorator, `cannot be on the static method ${place}`);
  if (typeof descriptor?.value !== 'function')
    throw misplaced(decorator, `must be on a method; ${place} is none`);
  const marks = Object.getOwnPropertyDescriptor(target, key)?.value as MarkedMethod<Mark>[] | undefined;
  if (marks) marks.push({ method, mark });
  else Object.defineProperty(target, key, { value: [{ method, mark }] });
}

/** Returns the marked methods of a class and of those that it extends; `prototype` may be anything. */
export function markedMethods<Mark>(
  { key }: MarkKind<Mark>,
  prototype: unknown,
): readonly MarkedMethod<Mark>[] {
  const found: MarkedMethod<Mark>[] = [];
  for (let one = prototype; isObject(one); one = Object.getPrototypeOf(one)) {
    const marks = Object.getOwnPropertyDescriptor(one, key)?.value as
      readonly MarkedMethod<Mark>[] | undefined;
    found.push(...(marks ?? []));
  }
  return found;
}

function misplaced(decorator: string, problem: string): InvalidOptionError {
  return new InvalidOptionError(decorator, undefined, problem, { message: `${decorator} ${problem}.` });
}

function ownerName(target: object): string {
  return typeof target === 'function' ? target.name : target.constructor.name;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
