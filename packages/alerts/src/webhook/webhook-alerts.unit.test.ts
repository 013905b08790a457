import { iso } from '@gamekeeper/core';
import { subjectKey } from '@gamekeeper/core/engine';
import fc from 'fast-check';
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpReceiver, type Answer } from '../../../../test/receivers/http-receiver.ts';
import { aCheckAlert, alerts, anAlert, unhurried } from '../../test/alerts.ts';
import type { AlertJson } from '../alert-json.ts';
import { webhookAlerts } from './webhook-alerts.ts';

describe('a webhook', () => {
  let receiver: HttpReceiver;
  let answer: Answer;

  beforeEach(async () => {
    answer = () => ({ status: 204 });
    receiver = await HttpReceiver.start((...request) => answer(...request));
  });
  afterEach(() => receiver.close());

  it('receives an alert as JSON, with its key to detect duplicates', async () => {
    await webhookAlerts({ url: receiver.url('/hook?room=7') }).send(anAlert(), unhurried);

    const [request] = await receiver.received.first(1);
    expect(request).toMatchObject({
      method: 'POST',
      path: '/hook?room=7',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': 'late:life-regeneration:2026-11-24T10:36:00.000Z',
      },
    });
    expect(JSON.parse(request!.body)).toEqual({
      key: 'late:life-regeneration:2026-11-24T10:36:00.000Z',
      kind: 'unhealthy',
      subject: 'job',
      job: 'life-regeneration',
      verdict: 'late',
      severity: 'critical',
      since: '2026-11-24T10:36:00.000Z',
      raisedAt: '2026-11-24T10:36:00.000Z',
      text: 'life-regeneration is late: last success 2026-11-24T10:00:00.000Z, 36 min ago',
      health: {
        job: 'life-regeneration',
        verdict: 'late',
        lastSuccessTick: '2026-11-24T10:00:00.000Z',
        lagMs: 2_160_000,
        windowMs: 2_100_000,
        lastDurationMs: 412,
        usualDurationMs: 390,
        failedItems: 0,
        recentRuns: 10,
        recentFailures: 0,
        lastError: null,
        nextTick: '2026-11-24T11:00:00.000Z',
        aheadThrough: null,
        runningTick: null,
        runningSince: null,
      },
    });
  });

  it('receives an alert about a check with the facts behind its verdict', async () => {
    await webhookAlerts({ url: receiver.url() }).send(aCheckAlert(), unhurried);

    const [{ body }] = (await receiver.received.first(1)) as [never];
    const text = 'the oldest of 7 waiting events was written 11 min ago, more than 10 min';
    const since = '2026-11-24T10:36:00.000Z';
    expect(JSON.parse(body)).toEqual({
      key: 'unhealthy:check:outbox:2026-11-24T10:36:00.000Z',
      kind: 'unhealthy',
      subject: 'check',
      check: 'outbox',
      verdict: 'unhealthy',
      severity: 'critical',
      since,
      raisedAt: since,
      text: `outbox is unhealthy: ${text}`,
      health: {
        check: 'outbox',
        verdict: 'unhealthy',
        severity: 'critical',
        text,
        since,
        facts: { pending: 7, oldestAgeMs: 660_000, worst: { instance: 'one', measuredAt: since } },
      },
    });
  });

  it('can parse every alert, whatever its text', async () => {
    const channel = webhookAlerts({ url: receiver.url() });
    await fc.assert(
      fc.asyncProperty(alerts(), async (alert) => {
        await channel.send(alert, unhurried);
        const sent = JSON.parse(receiver.received.items.at(-1)!.body) as AlertJson;
        expect(sent).toMatchObject({
          key: alert.key,
          kind: alert.kind,
          since: iso(alert.since),
          raisedAt: iso(alert.raisedAt),
          text: alert.text,
          health:
            alert.subject === 'job'
              ? { lastError: alert.health.lastError, lagMs: alert.health.lagMs }
              : { text: alert.health.text, facts: alert.health.facts },
        });
      }),
      { numRuns: 50 },
    );
  });

  it('receives headers and a body that the host defines', async () => {
    const channel = webhookAlerts({
      url: receiver.url(),
      headers: { Authorization: 'Bearer token', 'Idempotency-Key': 'not this one' },
      body: (alert) => ({ what: subjectKey(alert), when: iso(alert.since) }),
    });
    await channel.send(anAlert(), unhurried);

    const [{ headers, body }] = (await receiver.received.first(1)) as [never];
    expect(headers).toMatchObject({ authorization: 'Bearer token', 'idempotency-key': anAlert().key });
    expect(JSON.parse(body)).toEqual({ what: 'life-regeneration', when: '2026-11-24T10:36:00.000Z' });
  });

  it('can verify by a signature who has sent it, and when', async () => {
    const secret = 'a secret of both sides';
    const before = Math.floor(Date.now() / 1_000);
    await webhookAlerts({ url: receiver.url(), secret }).send(anAlert(), unhurried);

    const [{ headers, body }] = (await receiver.received.first(1)) as [never];
    const [, sentAt, digest] = /^t=(\d+),v1=([\da-f]{64})$/.exec(headers['gamekeeper-signature'])!;
    expect(Number(sentAt)).toBeGreaterThanOrEqual(before);
    expect(Number(sentAt)).toBeLessThanOrEqual(Date.now() / 1_000);
    expect(
      createHmac('sha256', secret)
        .update(`${sentAt}.${body as string}`)
        .digest('hex'),
    ).toBe(digest);
  });

  it.each([302, 400, 401, 404, 429, 500, 503])(
    'counts as failed when it responds with %i',
    async (status) => {
      answer = () => ({ status, headers: { location: receiver.url('/elsewhere') }, body: 'no' });
      await expect(webhookAlerts({ url: receiver.url() }).send(anAlert(), unhurried)).rejects.toMatchObject({
        code: 'ALERT_NOT_DELIVERED',
        message: `The channel "webhook" could not deliver an alert: the server responded with ${status}.`,
      });
      expect(receiver.received.items).toHaveLength(1);
    },
  );

  it('is named by nothing but an error code when it cannot be reached', async () => {
    const url = receiver.url('/a-secret');
    await receiver.close();
    await expect(webhookAlerts({ url, name: 'pager' }).send(anAlert(), unhurried)).rejects.toThrow(
      'The channel "pager" could not deliver an alert: the server cannot be reached (ECONNREFUSED); check the URL and headers.',
    );
    receiver = await HttpReceiver.start();
  });

  it('is given up when it does not respond in time', async () => {
    answer = () => 'hang';
    const time = new AbortController();
    const sending = webhookAlerts({ url: receiver.url() }).send(anAlert(), time.signal);
    await receiver.received.first(1);
    time.abort();
    await expect(sending).rejects.toThrow('the server did not respond in time');
  });

  it('fails if the body is not JSON, and the error names the option', async () => {
    const channel = webhookAlerts({ url: receiver.url(), body: () => undefined });
    await expect(channel.send(anAlert(), unhurried)).rejects.toThrow(
      'the function in its option body returned a value that is not JSON',
    );
  });

  it.each([
    ['webhookAlerts', undefined],
    ['webhookAlerts.url', {}],
    ['webhookAlerts.url', { url: 'ftp://example.org' }],
    ['webhookAlerts.url', { url: 'https://user:password@example.org' }],
    ['webhookAlerts.name', { url: 'https://example.org', name: '' }],
    ['webhookAlerts.headers', { url: 'https://example.org', headers: { 'no header': 'x' } }],
    ['webhookAlerts.headers', { url: 'https://example.org', headers: { 'x-number': 7 } }],
    ['webhookAlerts.secret', { url: 'https://example.org', secret: 'short' }],
    ['webhookAlerts.body', { url: 'https://example.org', body: '{}' }],
    ['webhookAlerts.uri', { url: 'https://example.org', uri: 'x' }],
  ])('rejects an invalid %s', (option, options) => {
    expect(() => webhookAlerts(options as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option }),
    );
  });
});
