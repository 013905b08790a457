import { iso, type InstantLike } from '@gamekeeper/core';
import { formatDuration as formatLongDuration } from '@gamekeeper/core/engine';
import { stripVTControlCharacters } from 'node:util';

/** Returns an instant as text: `2026-11-24 12:00Z`, with seconds only if they are not zero. */
export function formatInstant(at: InstantLike | null): string {
  if (at === null) return '-';
  const text = iso(at).replace('T', ' ');
  return text.replace(/:00\.000Z$/, 'Z').replace(/\.\d{3}Z$/, 'Z');
}

/** Returns a duration as text: `-`, `120 ms`, `4.2 s`, `36 min`. */
export function formatDuration(ms: number | null): string {
  if (ms === null) return '-';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${(ms / 1_000).toFixed(1)} s` : formatLongDuration(ms);
}

/** Returns a whole number as text: `1,203`. */
export function formatCount(value: number): string {
  return value.toLocaleString('en');
}

/** Returns `1 item`, `2 items`. */
export function formatQuantity(value: number, one: string, many = `${one}s`): string {
  return `${formatCount(value)} ${value === 1 ? one : many}`;
}

/** Returns stored text on one line, without control sequences of terminals. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}
