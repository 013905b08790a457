import { instant, addMs, type Instant } from '@gamekeeper/core';
import fc from 'fast-check';
import type { Fact, ReferenceJob } from './health-reference.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Ways in which a job may not run. */
export const waysToFail = [
  'never started',
  'crashed scheduler',
  'hung run',
  'failing runs',
  'empty ledger',
  'paused',
] as const;

/** A way in which a job may not run. */
export type WayToFail = (typeof waysToFail)[number];

/** What happens at a tick: its run ends well, badly or after some more ticks, or nobody runs it. */
type Outcome = 'good' | 'bad' | 'hang' | 'none';

/** A history of a job and of the instances that watch it. */
export interface Trouble {
  readonly start: Instant;
  /** The pause between two looks of an instance. */
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** How far the clock of each instance is ahead. */
  readonly skewsMs: readonly number[];
  /** How long after the start each instance begins to look. */
  readonly beginMs: readonly number[];
  /** When each instance dies; `null` for one that does not. */
  readonly diesAt: readonly (Instant | null)[];
  /** Odd instants, in order. Instances look at even ones, so that nothing happens in the middle of a look. */
  readonly facts: readonly Fact[];
  readonly through: Instant;
}

/** Outcomes of one tick after the other, which bring a job into the trouble that the way is about. */
function outcomesOf(job: ReferenceJob, way: WayToFail): fc.Arbitrary<readonly Outcome[]> {
  const longest = ticksInWindow(job);
  switch (way) {
    case 'never started':
      return outcomes(['none', longest + 1, longest + 2], ['good', 1, 2]);
    case 'crashed scheduler':
      return outcomes(['good', 1, 2], ['none', longest, longest + 2], ['good', 1, 2]);
    case 'hung run':
      return fc.oneof(
        outcomes(['good', 1, 2], ['hang', 1, 1], ['good', longest + 3, longest + 4]),
        // One that would have caught up.
        outcomes(
          ['good', 1, 1],
          ['none', longest, longest + 1],
          ['hang', 1, 1],
          ['good', longest + 3, longest + 4],
        ),
      );
    case 'failing runs': {
      const mixed = fc.array(fc.constantFrom<Outcome>('good', 'bad'), { maxLength: isSlow(job) ? 2 : 12 });
      return fc.tuple(mixed, outcomes(['bad', 1, 2], ['good', 1, 2]), mixed).map((parts) => parts.flat());
    }
    case 'empty ledger':
    case 'paused':
      return outcomes(['good', 1, 2], ['none', 0, longest + 2], ['good', 1, 2]);
  }
}

/** So many ticks must be missed for a window to end without a success. */
function ticksInWindow(job: ReferenceJob): number {
  return Math.ceil(windowMs(job) / job.intervalMs);
}

function windowMs(job: ReferenceJob): number {
  const tick = job.nextTick(instant('2026-11-01T00:00:00Z'));
  return job.windowEnd(tick) - tick;
}

/** Whether a history of the job takes so many looks that it has to be short. */
function isSlow({ intervalMs }: ReferenceJob): boolean {
  return intervalMs > 24 * HOUR_MS;
}

/** Histories of a job that fails in a way, and runs well before and after. */
export function troubles(job: ReferenceJob, way: WayToFail): fc.Arbitrary<Trouble> {
  const evenMs = (max: number): fc.Arbitrary<number> =>
    fc.integer({ min: 0, max: Math.floor(max / 2) }).map((half) => 2 * half);
  const longest = Math.min(HOUR_MS, Math.floor(job.intervalMs / 4));
  const shortest = Math.max(1_000, Math.min(HOUR_MS, Math.floor(job.intervalMs / 60)));
  return fc
    .record(
      {
        start: evenMs(30 * 24 * HOUR_MS).map((ms) => addMs(instant('2026-11-01T00:00:00Z'), ms)),
        everyMs: evenMs(longest - shortest).map((ms) => shortest - (shortest % 2) + ms),
        timeoutMs: fc.constantFrom(10 * MINUTE_MS, HOUR_MS),
        skewsMs: fc.array(fc.integer({ min: -6 * HOUR_MS, max: 6 * HOUR_MS }), {
          minLength: 3,
          maxLength: 3,
        }),
        beginShares: fc.array(fc.double({ min: 0, max: 0.99, noNaN: true }), { minLength: 3, maxLength: 3 }),
        deathShares: fc.array(fc.option(fc.double({ min: 0, max: 1, noNaN: true })), {
          minLength: 2,
          maxLength: 2,
        }),
        outcomes: outcomesOf(job, way),
        delayMs: evenMs(MINUTE_MS).map((ms) => ms + 1),
        tookMs: evenMs(MINUTE_MS),
        hangsForMs: evenMs(job.intervalMs).map(
          (ms) => Math.max(windowMs(job), HOUR_MS + MINUTE_MS) + job.intervalMs + ms,
        ),
        /** At which tick the job is paused or its ledger emptied, and for how many ticks it is paused. */
        strikesAt: fc.integer({ min: 0, max: 3 }),
        pausedFor: fc.integer({ min: 1, max: 4 }),
      },
      { noNullPrototype: true },
    )
    .map(({ beginShares, deathShares, ...plan }) => {
      const { start, everyMs, timeoutMs, skewsMs } = plan;
      const { facts, through } = factsOf(job, way, plan);
      const aliveMs = through - start - everyMs;
      const deaths = deathShares.map((share) =>
        share === null ? null : addMs(start, everyMs + 2 * Math.floor((share * aliveMs) / 2) + 1),
      );
      return {
        start,
        everyMs,
        timeoutMs,
        skewsMs,
        beginMs: beginShares.map((share) => 2 * Math.floor((share * everyMs) / 2)),
        diesAt: [null, ...deaths],
        facts,
        through,
      };
    });
}

/** Spells of outcomes, each with the least and the most of its ticks. */
function outcomes(
  ...spells: readonly (readonly [outcome: Outcome, min: number, max: number])[]
): fc.Arbitrary<readonly Outcome[]> {
  const each = spells.map(([outcome, minLength, maxLength]) =>
    fc.array(fc.constant(outcome), { minLength, maxLength }),
  );
  return fc.tuple(...each).map((parts) => parts.flat());
}

function factsOf(
  job: ReferenceJob,
  way: WayToFail,
  plan: {
    readonly start: Instant;
    readonly everyMs: number;
    readonly outcomes: readonly Outcome[];
    readonly delayMs: number;
    readonly tookMs: number;
    readonly hangsForMs: number;
    readonly strikesAt: number;
    readonly pausedFor: number;
  },
): { readonly facts: readonly Fact[]; readonly through: Instant } {
  const { start, everyMs, outcomes, delayMs, tookMs, hangsForMs, strikesAt, pausedFor } = plan;
  const facts: Fact[] = [];
  let tick = start;
  let freeAt = start;
  for (const [index, outcome] of outcomes.entries()) {
    tick = job.nextTick(tick);
    const began = addMs(tick, delayMs);
    const strikes = addMs(tick, 3 * MINUTE_MS + 1);
    const isPaused = way === 'paused' && index > strikesAt && index <= strikesAt + pausedFor;
    if (outcome !== 'none' && !isPaused && began > freeAt) {
      const ended = addMs(began, outcome === 'hang' ? hangsForMs : tookMs);
      facts.push({ at: began, what: 'began', tick });
      facts.push({ at: ended, what: outcome === 'bad' ? 'failed' : 'succeeded', tick });
      freeAt = ended;
    }
    if (way === 'paused' && index === strikesAt) facts.push({ at: strikes, what: 'paused' });
    if (way === 'paused' && index === strikesAt + pausedFor) facts.push({ at: strikes, what: 'resumed' });
    if (way === 'empty ledger' && index === strikesAt) facts.push({ at: strikes, what: 'emptied' });
  }
  const through = addMs(tick > freeAt ? tick : freeAt, 3 * MINUTE_MS + 3 * everyMs);
  return { facts: facts.sort((a, b) => a.at - b.at), through };
}
