import type { Json, JsonObject } from '../common/json.ts';
import type { Instant } from './instant.ts';

type Plain =
  string | number | boolean | bigint | symbol | null | undefined | Date | ((...given: never) => unknown);

/** A value as a host receives it: every {@link Instant} in it, at any depth, is a `Date`. */
export type WithDates<Value> = Value extends Instant
  ? Date
  : Value extends Plain
    ? Value
    : JsonObject extends Value
      ? Value
      : readonly Json[] extends Value
        ? Value
        : { readonly [Name in keyof Value]: WithDates<Value[Name]> };

type NamesIn<Value> = Value extends unknown ? keyof Value : never;
type FieldIn<Value, Name> = Value extends { readonly [Key in Name & PropertyKey]?: infer Field }
  ? Field
  : never;

/** The names of the fields that are or contain an instant; for a union, those of every member. */
type DatedNames<Value> = {
  [Name in NamesIn<Value>]: [WithDates<FieldIn<Value, Name>>] extends [FieldIn<Value, Name>] ? never : Name;
}[NamesIn<Value>];

/**
 * How to convert each field that contains an instant. It does not compile if a field is missing, or is listed and
 * contains none.
 */
export type DatedFields<Value> = {
  readonly [Name in DatedNames<Value>]: (field: FieldIn<Value, Name>) => WithDates<FieldIn<Value, Name>>;
};

/** Returns an instant as a `Date`; `null` stays `null`. */
export function toDate<At extends Instant | null>(at: At): WithDates<At> {
  return (at === null ? null : new Date(at)) as WithDates<At>;
}

/** Returns a copy of a value with a `Date` in place of every instant. */
export type ToDates<Value> = (value: Value) => WithDates<Value>;

/**
 * Returns a function that copies a value with a `Date` in place of every instant. Fields that are not listed keep
 * their values; listed fields that a value lacks are skipped.
 *
 * @example
 * const runWithDates = withDates<Run>({ tick: toDate, startedAt: toDate, attemptedAt: toDate, finishedAt: toDate });
 */
export function withDates<Value extends object>(fields: DatedFields<Value>): ToDates<Value> {
  const conversions = Object.entries<(field: never) => unknown>(fields);
  return (value) => {
    const copy = { ...value } as Record<string, unknown>;
    for (const [name, convert] of conversions) if (name in copy) copy[name] = convert(copy[name] as never);
    return copy as WithDates<Value>;
  };
}

/** Returns a conversion that leaves `null` unchanged. */
export function orNull<Value, Dated>(
  convert: (value: Value) => Dated,
): (value: Value | null) => Dated | null {
  return (value) => (value === null ? null : convert(value));
}

/** Returns a conversion of a list, given the conversion of its items. */
export function each<Value, Dated>(
  convert: (value: Value) => Dated,
): (values: readonly Value[]) => readonly Dated[] {
  return (values) => values.map(convert);
}
