import { DAY_MS, HOUR_MS, MINUTE_MS, addMs, type Instant } from '@gamekeeper/core';

/** A zoom of the matrix: how long a cell is, and how many there are. */
export interface Zoom {
  readonly name: string;
  readonly title: string;
  readonly stepMs: number;
  /** Cells before now, and after. */
  readonly before: number;
  readonly after: number;
  /** Cells below one heading. */
  readonly perHeading: number;
}

/** The zooms, the closest first. */
export const zooms: readonly Zoom[] = [
  { name: '6h', title: '6 hours', stepMs: 5 * MINUTE_MS, before: 72, after: 12, perHeading: 12 },
  { name: '24h', title: '24 hours', stepMs: 20 * MINUTE_MS, before: 72, after: 9, perHeading: 9 },
  { name: '3d', title: '3 days', stepMs: HOUR_MS, before: 72, after: 12, perHeading: 12 },
  { name: '7d', title: '7 days', stepMs: 2 * HOUR_MS, before: 84, after: 12, perHeading: 12 },
  { name: '30d', title: '30 days', stepMs: 8 * HOUR_MS, before: 90, after: 9, perHeading: 9 },
  { name: '90d', title: '90 days', stepMs: DAY_MS, before: 90, after: 7, perHeading: 10 },
];

/** The zoom without a choice. */
export const defaultZoom: Zoom = zooms[1]!;

/** The part of time that a matrix shows, in whole headings. */
export interface MatrixSpan {
  readonly from: Instant;
  readonly stepMs: number;
  readonly steps: number;
  readonly perHeading: number;
}

/** Returns the span of a zoom around an instant. */
export function spanAround({ stepMs, before, after, perHeading }: Zoom, at: Instant): MatrixSpan {
  const headingMs = stepMs * perHeading;
  const from = Math.floor((at - before * stepMs) / headingMs) * headingMs;
  const headings = Math.ceil((at + after * stepMs - from) / headingMs);
  return { from: from as Instant, stepMs, steps: headings * perHeading, perHeading };
}

/** Returns the first instant of a step. */
export function stepStart({ from, stepMs }: MatrixSpan, step: number): Instant {
  return addMs(from, step * stepMs);
}

/** Returns the first instant after the span. */
export function spanEnd(span: MatrixSpan): Instant {
  return stepStart(span, span.steps);
}
