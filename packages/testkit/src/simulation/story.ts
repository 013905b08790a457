import { iso, type Instant } from '@gamekeeper/core';
import type { Fault, HostTransaction, PlannedAction, Trouble } from './plan.ts';

/** The events of a history, as sentences with their true times. */
export class Story {
  readonly #lines: { readonly at: Instant; readonly text: string }[] = [];
  readonly #now: () => Instant;

  constructor(now: () => Instant) {
    this.#now = now;
  }

  tell(text: string): void {
    this.#lines.push({ at: this.#now(), text });
  }

  get lines(): readonly string[] {
    return this.#lines.map(({ at, text }) => `${shortTime(at)}  ${text}`);
  }
}

/** Returns the effect of a fault on an instance as text: `instance B paused for 20 s before ledger.advance #3`. */
export function faultInWords(name: string, { at, what }: Fault): string {
  const where = 'call' in at ? ` ${at.side} ${at.call === 'any' ? 'call' : at.call} #${at.nth}` : '';
  return `instance ${name} ${troubleInWords(what)}${where}`;
}

function troubleInWords(what: Trouble): string {
  switch (what.kind) {
    case 'crash':
      return `crashed (down for ${inWords(what.downMs)})`;
    case 'restart':
      return `was stopped (next start ${inWords(what.downMs)} later)`;
    case 'pause':
      return `paused for ${inWords(what.forMs)}`;
    case 'slow':
      return `slow for ${inWords(what.forMs)}`;
    case 'error':
      return 'got an error';
    case 'unavailable':
      return 'lost its connection';
    case 'partition':
      return `cut off from the store for ${inWords(what.forMs)}`;
    case 'outage':
      return `saw the store go down for ${inWords(what.forMs)}`;
    case 'double-wake':
      return `woken again after ${inWords(what.forMs)}`;
    case 'clock-jump':
      return what.aheadMs === 0
        ? 'had its clock corrected'
        : `had its clock jump to ${inWords(Math.abs(what.aheadMs))} ${what.aheadMs > 0 ? 'ahead' : 'behind'}`;
    case 'conflict':
      return 'had its transaction rolled back and repeated';
    case 'locked':
      return 'was blocked by a lock of another transaction';
    case 'held':
      return `saw the store locked by another transaction for ${inWords(what.forMs)}`;
    case 'items-lost':
      return 'saw the courier lose all items';
    case 'cache-lost':
      return 'saw the cache lose all data';
    case 'cache-restored':
      return `saw the cache return with its data of ${inWords(what.ageMs)} ago`;
    case 'cache-away':
      return `saw the cache unavailable for ${inWords(what.forMs)}`;
  }
}

/** Returns what is unusual about an action as text, with the host's time: `player 1 … as of 1970-01-01`. */
export function oddActionInWords(
  { action, through, at, transaction }: PlannedAction,
  saidAt: Instant,
  trueAt: Instant,
): string | null {
  const odd = [
    ...(saidAt !== trueAt || at !== undefined ? [`as of ${shortTime(saidAt)}`] : []),
    ...(transaction ? [`in a transaction of the host's${transactionInWords(transaction)}`] : []),
  ];
  if (odd.length === 0) return null;
  const where = through === undefined ? '' : ` through instance ${through + 1}`;
  return `${JSON.stringify(action)}${where} ${odd.join(', ')}`;
}

function transactionInWords({ holdsMs, conflicts, rollsBack }: HostTransaction): string {
  return [
    ...(holdsMs > 0 ? [`, open for ${inWords(holdsMs)}`] : []),
    ...(conflicts > 0 ? [`, repeated ${conflicts} times`] : []),
    ...(rollsBack ? [', rolled back at the end'] : []),
  ].join('');
}

/** Formats a duration: `20 s`, `1 h 5 min`, `250 ms`. */
export function inWords(ms: number): string {
  const parts = [
    [Math.floor(ms / 3_600_000), 'h'],
    [Math.floor(ms / 60_000) % 60, 'min'],
    [Math.floor(ms / 1_000) % 60, 's'],
    [Math.floor(ms) % 1_000, 'ms'],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`);
  return said.slice(0, 2).join(' ') || '0 s';
}

/** Formats an instant without parts that are zero: `2026-11-27 10:30`. UTC. */
export function shortTime(at: Instant): string {
  return iso(at)
    .replace('T', ' ')
    .replace(/(:00)?(\.000)?Z$/, '');
}
