import { iso, type Alert, type AlertDigest } from '@gamekeeper/core';
import { subjectKey } from '@gamekeeper/core/engine';
import { createHash } from 'node:crypto';
import { colours, escaped, facts, oneLine, toneOf } from '../alert-formatting.ts';

/** A mail as nodemailer's `sendMail` expects it. */
export interface AlertMail {
  readonly from: string;
  readonly to: string | string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly messageId: string;
  readonly references: string[];
  readonly priority: 'high' | 'normal';
  readonly headers: Record<string, string>;
}

/** Sender, recipients and subject prefix of mails. */
export interface MailEnvelope {
  readonly from: string;
  readonly to: string | readonly string[];
  readonly subjectPrefix: string;
}

const MAX_SUBJECT = 150;

/**
 * Returns an alert as a mail. All mails about one job or check form a thread; the same alert gives the same mail on
 * every instance.
 */
export function mailOf(alert: Alert | AlertDigest, { from, to, subjectPrefix }: MailEnvelope): AlertMail {
  const domain = /@([a-z\d.-]+)[^@]*$/i.exec(from)?.[1] ?? 'localhost';
  const id = (key: string): string => `<${digest(key)}.gamekeeper@${domain}>`;
  const { key, text } = alert;
  return {
    from,
    to: typeof to === 'string' ? to : [...to],
    subject: oneLine(`${subjectPrefix} ${text}`, MAX_SUBJECT),
    text: plainBody(alert),
    html: htmlBody(alert),
    messageId: id(key),
    references: threadOf(alert).map(id),
    priority: toneOf(alert) === 'critical' ? 'high' : 'normal',
    // Mail servers send no out-of-office reply to such mails.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Gamekeeper-Alert': key },
  };
}

/**
 * Returns the keys of the mails that this one refers to: the thread of its job, check or of digests, and for a reminder
 * the first alert.
 */
function threadOf(alert: Alert | AlertDigest): string[] {
  if (alert.subject === 'digest') return ['thread:digest'];
  const { kind, verdict, since } = alert;
  const subject = subjectKey(alert);
  const trouble = kind === 'reminder' ? [`${verdict}:${subject}:${iso(since)}`] : [];
  return [`thread:${subject}`, ...trouble];
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

function plainBody(alert: Alert | AlertDigest): string {
  const lines = facts(alert).map(([name, value]) => `${name}: ${oneLine(value, 500)}`);
  return [oneLine(alert.text, 2_000), '', ...lines, '', `Alert: ${alert.key}`, ''].join('\n');
}

function htmlBody(alert: Alert | AlertDigest): string {
  const rows = facts(alert).map(
    ([name, value]) =>
      `<tr><th align="left" style="padding-right:1em">${escaped(name)}</th><td>${escaped(value)}</td></tr>`,
  );
  return [
    `<div style="border-left:4px solid ${colours[toneOf(alert)]};padding-left:1em;font-family:sans-serif">`,
    `<p><strong>${escaped(alert.text)}</strong></p>`,
    `<table>${rows.join('')}</table>`,
    `<p><small>${escaped(alert.key)}</small></p>`,
    '</div>',
  ].join('\n');
}
