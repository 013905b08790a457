import { MINUTE_MS, addMs, silentLogger } from '@gamekeeper/core';
import { AlertDelivery } from '@gamekeeper/core/engine';
import { MemoryAlertLog, MemoryDatabase, VirtualClock } from '@gamekeeper/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpReceiver } from '../../../test/receivers/http-receiver.ts';
import { MailReceiver } from '../../../test/receivers/mail-receiver.ts';
import { emailAlerts, webhookAlerts } from '../src/index.ts';
import { anAlert } from './alerts.ts';

describe('a webhook that fails beside a mail server that works', () => {
  let http: HttpReceiver;
  let mail: MailReceiver;

  beforeEach(async () => {
    http = await HttpReceiver.start((nth) => ({ status: nth < 2 ? 500 : 200 }));
    mail = await MailReceiver.start();
  });
  afterEach(async () => {
    await Promise.all([http.close(), mail.close()]);
  });

  it('is retried until it accepts the alert, and the mail goes out once and immediately', async () => {
    const alert = anAlert();
    const clock = new VirtualClock(alert.raisedAt);
    const database = new MemoryDatabase(clock);
    const alertLog = new MemoryAlertLog(database);
    const channels = [
      webhookAlerts({ url: http.url('/hook') }),
      emailAlerts({ transport: mail.url(), from: 'jobs@example.org', to: 'ops@example.org' }),
    ];
    const delivery = new AlertDelivery({
      alertLog,
      routes: channels.map((channel) => ({ channel })),
      clock,
      logger: silentLogger,
      random: () => 0.5,
    });
    const standing = async (): Promise<Record<string, string>> =>
      Object.fromEntries(
        (await alertLog.list({ limit: 10 })).map(({ channel, status, attempts, error }) => [
          channel,
          `${status} after ${attempts}${error === null ? '' : `: ${error}`}`,
        ]),
      );
    const refused = 'The channel "webhook" could not deliver an alert: the server responded with 500.';
    const owedTo = channels.map(({ name }) => ({ channel: name, notBefore: alert.raisedAt }));
    await database.run((tx) => alertLog.raise(tx, [{ alert, deliveries: owedTo }]));

    await delivery.deliver();
    expect(await standing()).toEqual({ webhook: `owed after 1: ${refused}`, email: 'delivered after 1' });
    clock.jumpTo(addMs(clock.now(), MINUTE_MS));
    await delivery.deliver();
    expect(await standing()).toEqual({ webhook: `owed after 2: ${refused}`, email: 'delivered after 1' });
    clock.jumpTo(addMs(clock.now(), MINUTE_MS));
    await delivery.deliver();
    expect(await standing()).toMatchObject({
      webhook: expect.stringMatching(/^delivered after 3/) as string,
      email: 'delivered after 1',
    });

    const keys = http.received.items.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual([alert.key, alert.key, alert.key]);
    expect(mail.received.items).toHaveLength(1);
  });
});
