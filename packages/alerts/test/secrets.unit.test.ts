import { isGamekeeperError, type AlertChannel, type LogFields, type Logger } from '@gamekeeper/core';
import { AlertDelivery } from '@gamekeeper/core/engine';
import { MemoryAlertLog, MemoryDatabase, VirtualClock } from '@gamekeeper/testkit';
import * as Sentry from '@sentry/node';
import fc, { type Arbitrary } from 'fast-check';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpReceiver, type Answer } from '../../../test/receivers/http-receiver.ts';
import { MailReceiver } from '../../../test/receivers/mail-receiver.ts';
import { emailAlerts, sentryAlerts, slackAlerts, webhookAlerts } from '../src/index.ts';
import { anAlert } from './alerts.ts';

/** Marked, so that it is found wherever it leaks. */
const secrets: Arbitrary<string> = fc
  .tuple(fc.constantFrom('s3cret', 'S3CRET'), fc.stringMatching(/^[A-Za-z\d]{12,30}$/))
  .map((parts) => parts.join(''));

const trace = /s3cret/i;

/** A server that repeats in its response everything that it received. */
const echo: Answer = (_, { path, headers, body }) => ({
  status: 403,
  headers: { 'x-echo': headers.authorization ?? path },
  body: `${path} ${JSON.stringify(headers)} ${body} is not allowed`,
});

describe('secrets of channels', () => {
  let http: HttpReceiver;
  let mail: MailReceiver;

  beforeAll(async () => {
    http = await HttpReceiver.start(echo);
    mail = await MailReceiver.start({
      onAuth: ({ username, password }, _, done) => done(new Error(`bad login ${username} ${password}`)),
    });
  });
  afterAll(async () => {
    await Sentry.close(1_000);
    await Promise.all([http.close(), mail.close()]);
  });

  const message = { from: 'jobs@example.org', to: 'ops@example.org' };

  /** Every channel with a secret wherever one fits, on a server that responds, one that repeats everything, and none. */
  function channelsWith(secret: string): readonly AlertChannel[] {
    const headers = { Authorization: `Bearer ${secret}`, 'x-api-key': secret };
    const nowhere = `https://${secret}.invalid/${secret}`;
    const failing = async (): Promise<never> => {
      const cause = Object.assign(new Error(secret), { code: 'ESECRET' });
      throw Object.assign(new Error(`535 ${secret}`, { cause }), { response: secret, command: secret });
    };
    return [
      webhookAlerts({ name: 'webhook', url: http.url(`/${secret}?token=${secret}`), headers, secret }),
      webhookAlerts({ name: 'webhook nowhere', url: nowhere, headers, secret }),
      webhookAlerts({ name: 'webhook closed', url: `http://127.0.0.1:1/${secret}`, headers }),
      slackAlerts({ name: 'slack', url: http.url(`/services/${secret}`) }),
      slackAlerts({ name: 'slack nowhere', url: nowhere }),
      emailAlerts({ ...message, name: 'mail', transport: mail.url(`ops:${secret}`) }),
      emailAlerts({
        ...message,
        name: 'mail options',
        transport: { host: '127.0.0.1', port: mail.port, auth: { user: secret, pass: secret } },
      }),
      emailAlerts({
        ...message,
        name: 'mail by token',
        transport: {
          host: '127.0.0.1',
          port: mail.port,
          auth: {
            type: 'OAuth2',
            user: 'ops',
            clientId: secret,
            clientSecret: secret,
            refreshToken: secret,
            accessUrl: http.url(`/${secret}`),
          },
        },
      }),
      emailAlerts({ ...message, name: 'mail nowhere', transport: `smtps://ops:${secret}@${secret}.invalid` }),
      emailAlerts({ ...message, name: 'mail own', transport: { sendMail: failing } }),
      sentryAlerts({ name: 'sentry', sentry: Sentry }),
      sentryAlerts({ name: 'sentry broken', sentry: { ...Sentry, flush: failing } }),
    ];
  }

  it('are in no log line, in no stored error and in no inspected channel', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(secrets, async (secret) => {
        await Sentry.close(1_000);
        Sentry.init({
          dsn: `http://${secret}@127.0.0.1:${http.port}/7`,
          sendClientReports: false,
          defaultIntegrations: false,
        });
        const channels = channelsWith(secret);
        const told = await deliveredTo(channels);
        expect(told.records).toHaveLength(channels.length);
        expect(told.records.every(({ error }) => error !== null)).toBe(true);
        expect(told.lines).toHaveLength(channels.length);
        expect(everyWayToShow(told.records)).not.toMatch(trace);
        expect(everyWayToShow(told.lines)).not.toMatch(trace);
        for (const channel of channels) expect(everyWayToShow(channel)).not.toMatch(trace);
      }),
      { numRuns: 8 },
    );
  });

  it('are in no error that a channel throws, nor in its cause', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(secrets, async (secret) => {
        for (const channel of channelsWith(secret)) {
          const error = await channel.send(anAlert(), new AbortController().signal).then(
            () => null,
            (failure: unknown) => failure,
          );
          expect(isGamekeeperError(error)).toBe(true);
          expect(everyWayToShow(error)).not.toMatch(trace);
        }
      }),
      { numRuns: 5 },
    );
  });

  it('are in no error about an invalid option', () => {
    fc.assert(
      fc.property(secrets, (secret) => {
        const url = 'https://example.org/hook';
        const bad: readonly (() => unknown)[] = [
          () => webhookAlerts({ url: secret }),
          () => webhookAlerts({ url: `https://user:${secret}@example.org` }),
          () => webhookAlerts({ url: { href: secret } as never }),
          () => webhookAlerts({ url, headers: { 'x-key': `a\n${secret}` } }),
          () => webhookAlerts({ url, headers: { [`x ${secret}`]: secret } }),
          () => webhookAlerts({ url, headers: secret as never }),
          () => webhookAlerts({ url, secret: [secret] as never }),
          () => webhookAlerts({ url, body: secret as never }),
          () => webhookAlerts(secret as never),
          () => slackAlerts({ url: `ftp://example.org/${secret}` }),
          () => slackAlerts({ url, mention: `${secret}\n` }),
          () => emailAlerts({ ...message, transport: `https://ops:${secret}@example.org` }),
          () => emailAlerts({ ...message, transport: secret }),
          () => emailAlerts({ ...message, transport: `smtp://ops:${secret}#1@example.org` }),
          () => emailAlerts({ ...message, transport: { url: `smtp://ops:${secret}#1@example.org` } }),
          () => emailAlerts({ ...message, to: secret, transport: 'smtp://localhost' }),
          () => emailAlerts({ ...message, from: secret, transport: 'smtp://localhost' }),
          () => sentryAlerts({ sentry: secret as never }),
          () => sentryAlerts({ sentry: { dsn: secret } as never }),
        ];
        for (const make of bad) {
          const error = thrownBy(make);
          expect(error).toMatchObject({ code: 'INVALID_OPTION' });
          expect(everyWayToShow(error)).not.toMatch(trace);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('would be found: a channel that leaks one is caught', async () => {
    const channel: AlertChannel = {
      name: 'careless',
      send: () => Promise.reject(new Error('cannot reach https://example.org/s3cretToken')),
    };
    const { lines, records } = await deliveredTo([channel]);
    expect(everyWayToShow(lines)).toMatch(trace);
    expect(everyWayToShow(records)).toMatch(trace);
  });
});

/** Raises an alert for all channels and delivers it once. Returns what was logged and what was stored. */
async function deliveredTo(channels: readonly AlertChannel[]): Promise<{
  readonly lines: readonly unknown[];
  readonly records: Awaited<ReturnType<MemoryAlertLog['list']>>;
}> {
  const alert = anAlert();
  const clock = new VirtualClock(alert.raisedAt);
  const database = new MemoryDatabase(clock);
  const alertLog = new MemoryAlertLog(database);
  const lines: unknown[] = [];
  const write = (text: string, fields?: LogFields): void => void lines.push({ text, fields });
  const logger: Logger = { debug: write, info: write, warn: write, error: write };
  const owedTo = channels.map(({ name }) => ({ channel: name, notBefore: alert.raisedAt }));
  await database.run((tx) => alertLog.raise(tx, [{ alert, deliveries: owedTo }]));
  const routes = channels.map((channel) => ({ channel }));
  await new AlertDelivery({ alertLog, routes, clock, logger, random: () => 0.5 }).deliver();
  return { lines, records: await alertLog.list({ limit: 100 }) };
}

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return null;
}

/** As JSON, as the console shows it with hidden properties, and as text with its causes. */
function everyWayToShow(value: unknown): string {
  const shown = inspect(value, { depth: Infinity, showHidden: true, getters: true });
  const stack = value instanceof Error ? `${value.stack ?? ''} ${inspect(value.cause)}` : '';
  return [shown, JSON.stringify(value), String(value), stack].join('\n');
}
