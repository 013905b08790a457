import type { Alert } from '@gamekeeper/core';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HttpReceiver } from '../../../../test/receivers/http-receiver.ts';
import { alerts, anAlert, unhurried } from '../../test/alerts.ts';
import { slackAlerts } from './slack-alerts.ts';

interface SlackMessage {
  readonly text: string;
  readonly attachments: readonly [
    {
      readonly color: string;
      readonly fields: readonly { readonly title: string; readonly value: string }[];
    },
  ];
}

describe('a chat', () => {
  let receiver: HttpReceiver;

  beforeAll(async () => {
    receiver = await HttpReceiver.start(() => ({ status: 200, body: 'ok' }));
  });
  beforeEach(() => void receiver.received.items.splice(0));
  afterAll(() => receiver.close());

  async function posted(...[alert, options]: Parameters<typeof post>): Promise<SlackMessage> {
    await post(alert, options);
    return JSON.parse(receiver.received.items.at(-1)!.body) as SlackMessage;
  }

  function post(alert: Alert = anAlert(), options: { readonly mention?: string } = {}): Promise<void> {
    return slackAlerts({ url: receiver.url('/services/T0/B0/x'), ...options }).send(alert, unhurried);
  }

  it('shows what has happened, and the facts beside it', async () => {
    expect(await posted()).toEqual({
      text: '🔴 life-regeneration is late: last success 2026-11-24T10:00:00.000Z, 36 min ago',
      attachments: [
        {
          color: '#d4272e',
          fallback: 'life-regeneration is late: last success 2026-11-24T10:00:00.000Z, 36 min ago',
          fields: [
            { title: 'Job', value: 'life-regeneration', short: true },
            { title: 'Verdict', value: 'late', short: true },
            { title: 'Severity', value: 'critical', short: true },
            { title: 'Since', value: '2026-11-24T10:36:00.000Z', short: true },
            { title: 'Last success', value: '2026-11-24T10:00:00.000Z', short: true },
            { title: 'Next tick', value: '2026-11-24T11:00:00.000Z', short: true },
          ],
          ts: 1_795_516_560,
        },
      ],
    });
  });

  it('has a colour for each severity, and others for the end of a problem', async () => {
    const changes = [
      { severity: 'critical' },
      { severity: 'warning' },
      { severity: 'info' },
      { severity: 'critical', kind: 'recovered', verdict: 'healthy' },
      { severity: 'critical', kind: 'paused', verdict: 'paused' },
    ] as const;
    const colours = [];
    for (const change of changes) colours.push((await posted(anAlert(change))).attachments[0].color);
    expect(new Set(colours).size).toBe(changes.length);
  });

  it('mentions people only if configured, and only for critical alerts', async () => {
    const mention = '<!here>';
    expect((await posted(anAlert(), { mention })).text).toMatch(/^<!here> 🔴 life/);
    expect((await posted(anAlert({ severity: 'warning' }), { mention })).text).toMatch(/^🟡 life/);
    expect((await posted(anAlert({ kind: 'recovered' }), { mention })).text).toMatch(/^🟢 life/);
  });

  it('mentions nobody because of text in an error, and accepts every message', async () => {
    await fc.assert(
      fc.asyncProperty(alerts(), async (alert) => {
        const { text, attachments } = await posted(alert);
        const shown = [text, ...attachments[0].fields.map(({ value }) => value)];
        for (const one of shown) {
          expect(one).not.toMatch(/[<>]|&(?!(?:amp|lt|gt);)|@(?!\u200b)/u);
        }
        expect(text.replaceAll(/&(?:amp|lt|gt);|\u200b/gu, '').length).toBeLessThanOrEqual(3_010);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['slackAlerts.url', { url: 'hooks.slack.com/services' }],
    ['slackAlerts.mention', { url: 'https://hooks.slack.com/services', mention: '' }],
    ['slackAlerts.name', { url: 'https://hooks.slack.com/services', name: 7 }],
    ['slackAlerts.channel', { url: 'https://hooks.slack.com/services', channel: '#ops' }],
  ])('rejects an invalid %s', (option, options) => {
    expect(() => slackAlerts(options as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option }),
    );
  });
});
