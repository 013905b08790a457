import * as Sentry from '@sentry/node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Answer } from '../../../../test/receivers/http-receiver.ts';
import { anAlert, unhurried } from '../../test/alerts.ts';
import { SentryReceiver } from '../../test/sentry-receiver.ts';
import { sentryAlerts } from './sentry-alerts.ts';

describe('Sentry, through its SDK', () => {
  let receiver: SentryReceiver;
  let answer: Answer;

  beforeAll(async () => {
    receiver = await SentryReceiver.start((...request) => answer(...request));
  });
  beforeEach(async () => {
    answer = () => ({ status: 200, body: '{}' });
    receiver.forget();
    // A new client for each test, because a client remembers the rate limit of the test before.
    await init({ dsn: receiver.dsn('public') });
  });
  afterAll(async () => {
    await Sentry.close(1_000);
    await receiver.close();
  });

  async function init(options: Sentry.NodeOptions): Promise<void> {
    await Sentry.close(1_000);
    Sentry.init({
      sendClientReports: false,
      environment: 'production',
      // Integrations that listen to the process would disturb other tests.
      integrations: (defaults) => defaults.filter(({ name }) => name === 'Dedupe'),
      ...options,
    });
  }

  const send = (alert = anAlert()): Promise<void> => sentryAlerts({ sentry: Sentry }).send(alert, unhurried);

  it('gets an event, with one issue per job and verdict', async () => {
    await send();
    expect(receiver.items('event')).toEqual([
      expect.objectContaining({
        event_id: expect.stringMatching(/^[\da-f]{32}$/) as string,
        timestamp: 1_795_516_560,
        level: 'error',
        logger: 'gamekeeper',
        logentry: {
          message: 'life-regeneration is late: last success 2026-11-24T10:00:00.000Z, 36 min ago',
        },
        fingerprint: ['gamekeeper', 'life-regeneration', 'late'],
        environment: 'production',
        tags: {
          'gamekeeper.job': 'life-regeneration',
          'gamekeeper.verdict': 'late',
          'gamekeeper.kind': 'unhealthy',
          'gamekeeper.severity': 'critical',
        },
        contexts: expect.objectContaining({
          alert: { key: anAlert().key, since: '2026-11-24T10:36:00.000Z' },
          health: expect.objectContaining({
            lagMs: 2_160_000,
            nextTick: '2026-11-24T11:00:00.000Z',
          }) as object,
        }) as object,
      }),
    ]);
  });

  it('gets the severity as level, and info for recoveries', async () => {
    await send(anAlert({ key: 'a', severity: 'critical' }));
    await send(anAlert({ key: 'b', severity: 'warning' }));
    await send(anAlert({ key: 'c', severity: 'critical', kind: 'recovered' }));
    expect(receiver.items('event').map(({ level }) => level)).toEqual(['error', 'warning', 'info']);
  });

  it('gets the same event again when a delivery failed', async () => {
    answer = () => ({ status: 500 });
    await expect(send()).rejects.toThrow(
      'The channel "sentry" could not deliver an alert: Sentry responded with 500.',
    );
    answer = () => ({ status: 200, body: '{}' });
    await send();
    const ids = receiver.items('event').map(({ event_id: id }) => id);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  it('counts as failed when it limits the rate', async () => {
    answer = () => ({ status: 429, headers: { 'retry-after': '60' } });
    await expect(send()).rejects.toThrow('Sentry responded with 429');
    await expect(send()).rejects.toThrow('Sentry cannot be reached, or its rate limit is reached');
  });

  it('counts as failed when it cannot be reached', async () => {
    await init({ dsn: 'http://public@127.0.0.1:1/7' });
    await expect(send()).rejects.toThrow('Sentry cannot be reached, or its rate limit is reached');
  });

  it('counts as failed when the host’s own filter drops the event', async () => {
    await init({ dsn: receiver.dsn('public'), beforeSend: () => null });
    await expect(send()).rejects.toThrow('the Sentry SDK dropped the event');
  });

  it('counts as failed when the SDK has no DSN', async () => {
    await init({});
    await expect(send()).rejects.toThrow('the Sentry SDK has no DSN');
  });

  it.each([
    ['sentryAlerts.sentry', {}],
    ['sentryAlerts.sentry', { sentry: { captureEvent: () => '' } }],
    ['sentryAlerts.name', { sentry: Sentry, name: '' }],
    ['sentryAlerts.dsn', { sentry: Sentry, dsn: 'https://key@sentry.io/1' }],
  ])('rejects an invalid %s', (option, options) => {
    expect(() => sentryAlerts(options as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option }),
    );
  });
});
