import type { Json, JsonObject } from '../common/json.ts';
import type { Instant } from './instant.ts';

type Plain =
  string | number | boolean | bigint | symbol | null | undefined | Date | ((...given: never) => unknown);

/** A value as a backend is given it: with a `Date` in the place of every {@link Instant}, however deep. */
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

/** The names of those fields that hold an instant, themselves or somewhere in them. Of a union, those of every part. */
type DatedNames<Value> = {
  [Name in NamesIn<Value>]: [WithDates<FieldIn<Value, Name>>] extends [FieldIn<Value, Name>] ? never : Name;
}[NamesIn<Value>];

/** How to convert each field that holds an instant. One that is missing, or holds none, does not compile. */
export type DatedFields<Value> = {
  readonly [Name in DatedNames<Value>]: (field: FieldIn<Value, Name>) => WithDates<FieldIn<Value, Name>>;
};

/** An instant as a `Date`; `null` stays `null`. */
export function toDate<At extends Instant | null>(at: At): WithDates<At> {
  return (at === null ? null : new Date(at)) as WithDates<At>;
}

/** Copies a value with a `Date` in the place of every instant. */
export type ToDates<Value> = (value: Value) => WithDates<Value>;

/**
 * Makes the function that copies a value with a `Date` in the place of every instant. Fields that are not named keep
 * their values, and those that a value does not have are passed over.
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

/** Makes a conversion that leaves `null` as it is. */
export function orNull<Value, Dated>(
  convert: (value: Value) => Dated,
): (value: Value | null) => Dated | null {
  return (value) => (value === null ? null : convert(value));
}

/** Makes the conversion of a list from that of its items. */
export function each<Value, Dated>(
  convert: (value: Value) => Dated,
): (values: readonly Value[]) => readonly Dated[] {
  return (values) => values.map(convert);
}
