import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, iso, type Instant } from '@gamekeeper/core';
import { html, type Html } from './html.ts';

/** Returns a number with separators between thousands. */
export function count(value: number): string {
  return value.toLocaleString('en');
}

/** Returns a number with its noun: `1 tick`, `3 ticks`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** Returns a duration as people read it: `380 ms`, `4.2 s`, `3 min 5 s`, `2 h 10 min`, `12 d`. */
export function duration(ms: number): string {
  if (ms < 0) return `−${duration(-ms)}`;
  if (ms < SECOND_MS) return `${Math.round(ms)} ms`;
  if (ms < 10 * SECOND_MS) return `${(ms / SECOND_MS).toFixed(1)} s`;
  if (ms < MINUTE_MS) return `${Math.round(ms / SECOND_MS)} s`;
  if (ms < HOUR_MS) return parts(ms, MINUTE_MS, 'min', SECOND_MS, 's');
  if (ms < 2 * DAY_MS) return parts(ms, HOUR_MS, 'h', MINUTE_MS, 'min');
  return parts(ms, DAY_MS, 'd', HOUR_MS, 'h');
}

function parts(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % large) / small);
  return `${count(Math.floor(ms / large))} ${largeName}${rest === 0 ? '' : ` ${rest} ${smallName}`}`;
}

/** Returns an instant in UTC as text: `2026-11-24 00:00`, with seconds if there are any. */
export function utc(at: Instant): string {
  const text = iso(at).replace('T', ' ');
  return text.replace(/:00\.000Z$/, '').replace(/(\.000)?Z$/, '');
}

/** Returns an instant as a `<time>` element; a dash for none. */
export function time(at: Instant | null): Html {
  return at === null
    ? html`<span class="none">–</span>`
    : html`<time datetime="${iso(at)}">${utc(at)}</time>`;
}

/** Returns data such as names and errors, isolated so that no direction mark in it changes the text around it. */
export function data(text: string): Html {
  return html`<bdi>${text}</bdi>`;
}
