import { describe, expect, expectTypeOf, it } from 'vitest';
import type { JsonObject } from '../common/json.ts';
import { instant, type Instant } from './instant.ts';
import { each, orNull, toDate, withDates, type DatedFields, type WithDates } from './with-dates.ts';

interface Visit {
  readonly name: string;
  readonly count: number;
  readonly at: Instant;
  readonly leftAt: Instant | null;
}

type Outcome =
  | { readonly kind: 'seen'; readonly visits: readonly Visit[]; readonly last: Visit | null }
  | { readonly kind: 'closed'; readonly until: Instant }
  | { readonly kind: 'unknown'; readonly payload: JsonObject };

const noon = instant('2026-11-24T12:00:00Z');
const visit: Visit = { name: 'Ada', count: 1_700_000_000_000, at: noon, leftAt: null };
const visitWithDates = (given: Visit) => withDates<Visit>({ at: toDate, leftAt: toDate })(given);
const outcomeWithDates = (given: Outcome) =>
  withDates<Outcome>({ visits: each(visitWithDates), last: orNull(visitWithDates), until: toDate })(given);

describe('withDates', () => {
  it('copies a value with dates in the place of its instants, and leaves other numbers and null alone', () => {
    const dated = { name: 'Ada', count: 1_700_000_000_000, at: new Date(noon), leftAt: null };
    expect(visitWithDates(visit)).toEqual(dated);
    expect(visit.at).toBe(noon);
    expect(visitWithDates({ ...visit, leftAt: noon })).toEqual({ ...dated, leftAt: new Date(noon) });
  });

  it('reaches into lists and fields, and adds nothing to a part of a union that does not have them', () => {
    const dated = visitWithDates(visit);
    expect(outcomeWithDates({ kind: 'seen', visits: [visit, visit], last: visit })).toEqual({
      kind: 'seen',
      visits: [dated, dated],
      last: dated,
    });
    expect(outcomeWithDates({ kind: 'seen', visits: [], last: null })).toEqual({
      kind: 'seen',
      visits: [],
      last: null,
    });
    expect(outcomeWithDates({ kind: 'closed', until: noon })).toStrictEqual({
      kind: 'closed',
      until: new Date(noon),
    });
    expect(outcomeWithDates({ kind: 'unknown', payload: { at: noon } })).toStrictEqual({
      kind: 'unknown',
      payload: { at: noon },
    });
  });

  it('gives what instant() reads as it was', () => {
    expect(instant(visitWithDates(visit).at)).toBe(noon);
  });

  it('is typed: every field with an instant is to be named, and no other', () => {
    expectTypeOf<keyof DatedFields<Visit>>().toEqualTypeOf<'at' | 'leftAt'>();
    expectTypeOf<keyof DatedFields<Outcome>>().toEqualTypeOf<'visits' | 'last' | 'until'>();
    expectTypeOf<WithDates<Visit>>().toEqualTypeOf<{
      readonly name: string;
      readonly count: number;
      readonly at: Date;
      readonly leftAt: Date | null;
    }>();
    // @ts-expect-error `leftAt` is missing
    withDates<Visit>({ at: toDate });
    // @ts-expect-error `count` is a number like any other
    withDates<Visit>({ at: toDate, leftAt: toDate, count: (count: number) => count });
    // @ts-expect-error a list is not one visit
    withDates<Outcome>({ visits: visitWithDates, last: orNull(visitWithDates), until: toDate });
  });
});
