import { iso, type Alert, type AlertDigest, type CheckHealth, type JobHealth } from '@gamekeeper/core';
import { checkHealthJson } from '@gamekeeper/core/engine';

/** The tone of an alert for readers. `good` and `neutral` mark the end of a problem. */
export type Tone = 'good' | 'neutral' | Alert['severity'];

/** A recovery keeps the severity of the problem, but must not look severe. */
export function toneOf({ kind, severity }: Pick<Alert, 'kind' | 'severity'>): Tone {
  if (kind === 'recovered') return 'good';
  return kind === 'paused' ? 'neutral' : severity;
}

/** Colours as `#rrggbb`. */
export const colours: Readonly<Record<Tone, string>> = {
  good: '#2eb67d',
  neutral: '#8d99a6',
  info: '#3a87c7',
  warning: '#e6a700',
  critical: '#d4272e',
};

/** Returns the facts that are shown beside the text, as names and values. */
export function facts(alert: Alert | AlertDigest): readonly (readonly [string, string])[] {
  if (alert.subject === 'digest') return digestFacts(alert);
  const { severity, since } = alert;
  return [
    alert.subject === 'job' ? ['Job', alert.job] : ['Check', alert.check],
    ['Verdict', alert.verdict],
    ['Severity', severity],
    ['Since', iso(since)],
    ...(alert.subject === 'job' ? jobFacts(alert.health) : checkFacts(alert.health)),
  ];
}

/** Maximum number of alerts of a digest that are shown one by one. */
const MAX_SHOWN = 20;

/** Returns the counts of a digest, and its most severe alerts. */
function digestFacts({ counts, since, alerts }: AlertDigest): readonly (readonly [string, string])[] {
  const { unhealthy, reminder, paused, recovered } = counts;
  const counted = [
    ['Unhealthy', unhealthy],
    ['Still unhealthy', reminder],
    ['Paused', paused],
    ['Healthy again', recovered],
  ] as const;
  const shown = alerts.slice(0, MAX_SHOWN);
  return [
    ...counted.flatMap(([name, count]) => (count === 0 ? [] : [[name, String(count)] as const])),
    ['Since', iso(since)],
    ...shown.map((alert) => [nameOf(alert), truncate(alert.text, MAX_VALUE)] as const),
    ...(alerts.length > MAX_SHOWN ? [['And', `${alerts.length - MAX_SHOWN} more`] as const] : []),
  ];
}

function nameOf(alert: Alert): string {
  return alert.subject === 'job' ? alert.job : alert.check;
}

/** Maximum length of a value from a check or an error message, in characters. */
const MAX_VALUE = 500;

function checkFacts(health: CheckHealth): readonly (readonly [string, string])[] {
  const { facts: known } = checkHealthJson(health);
  return Object.entries(known ?? {}).flatMap(([name, value]: readonly [string, unknown]) =>
    value === null ? [] : [[name, truncate(textOf(value), MAX_VALUE)] as const],
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function jobFacts(health: JobHealth): readonly (readonly [string, string])[] {
  const { lastSuccessTick, runningTick, nextTick, aheadThrough, failedItems, lastError } = health;
  return [
    ['Last success', lastSuccessTick === null ? 'never' : iso(lastSuccessTick)],
    ...(runningTick === null ? [] : [['Running', iso(runningTick)] as const]),
    ...(aheadThrough === null ? [] : [['No tick runs through', iso(aheadThrough)] as const]),
    ...(nextTick === null ? [] : [['Next tick', iso(nextTick)] as const]),
    ...(failedItems === 0 ? [] : [['Failed items', String(failedItems)] as const]),
    ...(lastError === null ? [] : [['Last error', truncate(lastError, MAX_VALUE)] as const]),
  ];
}

/** Returns text on one line, without control characters and line breaks. */
export function oneLine(text: string, length: number): string {
  return truncate(text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim(), length);
}

/** Returns text of at most `length` characters; the end is cut off. No character is split. */
export function truncate(text: string, length: number): string {
  const characters = Array.from(text);
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}

/** Escapes the characters that have a meaning in HTML and in Slack's markup. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
