import { iso, type Instant } from '@gamekeeper/core';
import { formatDuration as formatLongDuration } from '@gamekeeper/core/engine';
import { stripVTControlCharacters } from 'node:util';

/** An instant for people: `2026-11-24 12:00Z`, with seconds only where there are some. */
export function formatInstant(at: Instant | null): string {
  if (at === null) return '-';
  const text = iso(at).replace('T', ' ');
  return text.replace(/:00\.000Z$/, 'Z').replace(/\.\d{3}Z$/, 'Z');
}

/** A duration for people: `-`, `120 ms`, `4.2 s`, `36 min`. */
export function formatDuration(ms: number | null): string {
  if (ms === null) return '-';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${(ms / 1_000).toFixed(1)} s` : formatLongDuration(ms);
}

/** A whole number for people: `1,203`. */
export function formatCount(value: number): string {
  return value.toLocaleString('en');
}

/** `1 item`, `2 items`. */
export function formatQuantity(value: number, one: string, many = `${one}s`): string {
  return `${formatCount(value)} ${value === 1 ? one : many}`;
}

/** Stored text on one line, without anything that a terminal would take as a command. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}
