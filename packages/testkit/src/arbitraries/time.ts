import { instant, type Instant, type InstantLike } from '@gamekeeper/core';
import fc from 'fast-check';

/** Generates instants between two others, both included; default: within 2024–2026. To the millisecond. */
export function instants({
  from = '2024-01-01T00:00:00Z',
  to = '2026-12-31T23:59:59.999Z',
}: { readonly from?: InstantLike; readonly to?: InstantLike } = {}): fc.Arbitrary<Instant> {
  return fc.integer({ min: instant(from), max: instant(to) }).map(instant);
}

/**
 * Generates instants around another, most of them close to it, where off-by-one errors occur: the same millisecond,
 * one earlier or later, a few seconds, up to `spreadMs` away.
 */
export function instantsNear(at: Instant, spreadMs: number): fc.Arbitrary<Instant> {
  return fc
    .oneof(
      { weight: 3, arbitrary: fc.constantFrom(-1, 0, 1) },
      { weight: 1, arbitrary: fc.integer({ min: -5_000, max: 5_000 }) },
      { weight: 3, arbitrary: fc.integer({ min: -spreadMs, max: spreadMs }) },
    )
    .map((offset) => instant(at + offset));
}

/**
 * Generates IANA time zones that are difficult for calendars: without and with daylight saving, on both hemispheres,
 * with changes at midnight and with offsets that are not whole hours.
 */
export function zones(): fc.Arbitrary<string> {
  return fc.constantFrom(
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'America/Havana',
    'Africa/Cairo',
    'Asia/Kolkata',
    'Australia/Lord_Howe',
    'Pacific/Apia',
  );
}
