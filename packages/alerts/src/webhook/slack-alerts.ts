import type { Alert, AlertChannel, AlertDigest } from '@gamekeeper/core';
import { colours, escaped, facts, truncate, toneOf, type Tone } from '../alert-formatting.ts';
import { checkOptionNames, checkText, checkUrl } from '../options.ts';
import { post } from './post.ts';

/** Options of {@link slackAlerts}. */
export interface SlackAlertOptions {
  /** The URL of an incoming webhook. It is a secret and never logged. */
  readonly url: string;
  /** Default `slack`. */
  readonly name?: string;
  /** Text before critical alerts, in the chat's own markup: `<!here>`, `<@U024BE7LH>`. */
  readonly mention?: string;
}

/**
 * Returns a channel that posts each alert to a chat through an incoming webhook: Slack, Mattermost, Discord (its URL
 * with `/slack` at the end) and others that support `text` and `attachments`.
 *
 * @throws {InvalidOptionError} naming the invalid option
 */
export function slackAlerts(options: SlackAlertOptions): AlertChannel {
  checkOptionNames('slackAlerts', options, ['url', 'name', 'mention']);
  const { name = 'slack', mention } = options;
  checkText('slackAlerts.name', name);
  if (mention !== undefined) checkText('slackAlerts.mention', mention);
  const url = checkUrl('slackAlerts.url', options.url);
  const headers = { 'content-type': 'application/json' };
  return {
    name,
    send: (alert, signal) =>
      post(name, { url, headers, body: JSON.stringify(slackMessage(alert, mention)) }, signal),
  };
}

const signs: Readonly<Record<Tone, string>> = {
  good: '🟢',
  neutral: '⏸️',
  info: '🔵',
  warning: '🟡',
  critical: '🔴',
};

/** Fits Discord, which has the lowest limit. Characters. */
const MAX_TEXT = 1_500;

/** Attachments with fields, not blocks: Mattermost and Discord do not show blocks. */
function slackMessage(alert: Alert | AlertDigest, mention: string | undefined): object {
  const tone = toneOf(alert);
  const called = mention !== undefined && tone === 'critical' ? `${mention} ` : '';
  const text = plain(truncate(alert.text, MAX_TEXT));
  return {
    text: `${called}${signs[tone]} ${text}`,
    attachments: [
      {
        color: colours[tone],
        fallback: text,
        fields: facts(alert).map(([title, value]) => ({
          title,
          value: plain(value),
          short: title !== 'Last error' && alert.subject !== 'digest',
        })),
        ts: Math.floor(alert.raisedAt / 1_000),
      },
    ],
  };
}

/** Removes mentions: an error message with `<!channel>` or `@everyone` must not notify a whole company. */
function plain(text: string): string {
  return escaped(text).replaceAll('@', '@\u200b');
}
