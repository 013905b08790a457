import { emailAlerts, sentryAlerts, slackAlerts, webhookAlerts } from '@gamekeeper/alerts';
import { createJobHost } from '@gamekeeper/composition';
import { healthHandler } from '@gamekeeper/http';
import { defineJob, instant, type JobDefinition, type LogFields, type Logger } from '@gamekeeper/core';
import { engineTokens, type AlertLog } from '@gamekeeper/core/ports';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { telemetry } from '@gamekeeper/telemetry';
import { VirtualClock, memoryAdapters } from '@gamekeeper/testkit';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HttpReceiver } from './receivers/http-receiver.ts';
import { MailReceiver } from './receivers/mail-receiver.ts';

/** Every text with a secret in it that the tests of the masker do not exhaust: one of each form. */
const forms: readonly ((secret: string) => string)[] = [
  (secret) => `connect postgres://game:${secret}@db.example.org:5432/game failed`,
  (secret) => `DB_PASSWORD=${secret} PGPASSWORD=${secret} at db.example.org`,
  (secret) => `client_secret=${secret}&access_token=${secret} at db.example.org`,
  (secret) => `access_token: ${secret} at db.example.org`,
  (secret) => JSON.stringify(JSON.stringify({ accessToken: secret, host: 'db.example.org' })),
  (secret) => `aws_secret_access_key=${secret} at db.example.org`,
  (secret) => `game:${secret}@db.example.org refused`,
  (secret) => `request to db.example.org\r\nCookie: a=b; sid=${secret}\r\nSet-Cookie: sid=${secret}; Path=/`,
  (secret) => `db.example.org: Authorization: Bearer ${secret}`,
  (secret) => `GET https://db.example.org/users?api_key=${secret}: 401`,
  (secret) => `db.example.org {"password":"p@:/%\\"${secret}","user":"game"}`,
];

/** Every way in which an error brings a text along. */
const carriers: readonly ((text: string) => unknown)[] = [
  (text) => new Error(text),
  (text) => new Error(`db.example.org is away`, { cause: new Error(text, { cause: text }) }),
  (text) => new AggregateError([new Error(text), text], ''),
  (text) => new AggregateError([new Error(text)], text),
  (text) =>
    Object.assign(new Error('db.example.org is away'), { detail: text, config: { headers: { text } } }),
  (text) => text,
  (text) => ({ toString: () => text }),
];

class KeptLines implements Logger {
  readonly lines: (readonly [string, LogFields | undefined])[] = [];
  readonly debug = this.#keep();
  readonly info = this.#keep();
  readonly warn = this.#keep();
  readonly error = this.#keep();

  #keep() {
    return (message: string, fields?: LogFields): void => void this.lines.push([message, fields]);
  }
}

describe('secrets in the errors of jobs and checks', () => {
  let http: HttpReceiver;
  let mail: MailReceiver;

  beforeAll(async () => {
    [http, mail] = await Promise.all([HttpReceiver.start(), MailReceiver.start()]);
  });
  afterAll(() => Promise.all([http.close(), mail.close()]));

  it('are in nothing that is stored, logged, told or measured, and the rest of their texts is', async () => {
    const [secret] = fc.sample(fc.stringMatching(/^Zq7[A-Za-z\d]{12}Xk9$/), 1) as [string];
    const texts = forms.map((form) => form(secret));
    const jobs = texts.flatMap((text, form) =>
      carriers.map((carried, carrier) => failingJob(`fails-${form}-${carrier}`, carried(text))),
    );
    const log = new KeptLines();
    const spans = new InMemorySpanExporter();
    const tracerProvider = new TracerProvider({
      spanProcessors: [new SimpleSpanProcessor({ exporter: spans })],
    });
    const sentryEvents: object[] = [];
    const clock = new VirtualClock('2026-11-24T11:45:00Z');
    const channels = [
      webhookAlerts({ url: http.url('/hook') }),
      slackAlerts({ url: http.url('/chat') }),
      emailAlerts({ transport: mail.url(), from: 'jobs@example.org', to: 'ops@example.org' }),
      sentryAlerts({ sentry: sentryThat((event) => sentryEvents.push(event)) }),
    ];
    const host = createJobHost({
      modules: [memoryAdapters(), cronerScheduler()],
      clock,
      logger: log,
      jobs: [...jobs, ...texts.map((text, form) => jobWithItems(`items-${form}`, text))],
      health: {
        alerts: channels.map((channel) => ({ channel })),
        checks: texts.flatMap((text, form) => [
          {
            name: `throws-${form}`,
            judge: () => Promise.reject(new Error(text)),
          },
          {
            name: `finds-${form}`,
            judge: async (since) => ({
              facts: { text, nested: [{ text }], password: secret },
              finding: { severity: 'critical' as const, text, since },
            }),
          },
        ]),
      },
      observers: [telemetry({ tracerProvider })],
    });
    const alertLog = host.container.get<AlertLog>(engineTokens.alertLog.symbol);
    const told = (atLeast: number) =>
      vi.waitFor(async () => {
        const all = await alertLog.list({ limit: 10_000 });
        expect(all.length).toBeGreaterThanOrEqual(atLeast);
        expect(all.filter(({ status }) => status === 'owed')).toEqual([]);
      }, 20_000);
    await host.start();
    await told(channels.length * forms.length * 2);
    await clock.advanceTo(instant('2026-11-24T12:00:01Z'));
    await host.idle();
    await clock.advanceBy(15_000);
    await told(channels.length * (forms.length * 2 + jobs.length));

    const handle = healthHandler(host);
    const served = await Promise.all(
      ['/jobs', '/healthz', '/metrics'].map(async (path) =>
        (await handle(new Request(`http://localhost${path}`))).text(),
      ),
    );
    const names = host.jobs.map(({ job }) => job.name);
    const places = {
      'the ledger': await Promise.all(names.map((name) => host.runs(name))),
      'failed items': await Promise.all(texts.map((_, form) => host.failedItems(`items-${form}`))),
      'the alert log': await alertLog.list({ limit: 10_000 }),
      'the log': log.lines,
      'webhook and chat': http.received.items,
      mail: mail.received.items.map(({ source }) => source.replaceAll('=\r\n', '')),
      Sentry: sentryEvents,
      spans: spans
        .getFinishedSpans()
        .map(({ attributes, events, status }) => ({ attributes, events, status })),
      '/jobs': served[0],
      'the other paths': served.slice(1),
    };
    await host.stop();
    const shown = Object.entries(places).map(([place, found]) => [place, JSON.stringify(found)] as const);
    expect(shown.filter(([, text]) => text.includes(secret)).map(([place]) => place)).toEqual([]);
    const useful = shown.filter(([, text]) => text.includes('db.example.org')).map(([place]) => place);
    expect(useful).toEqual(Object.keys(places).filter((place) => place !== 'the other paths'));
  }, 60_000);
});

function failingJob(name: string, error: unknown): JobDefinition {
  return defineJob({
    name,
    schedule: { cron: '0 * * * *' },
    retry: { maxAttempts: 2, initialDelayMs: 1, maxDelayMs: 1 },
    batch: () => Promise.reject(error as Error),
  });
}

/** A job of which one item in two fails. */
function jobWithItems(name: string, text: string): JobDefinition {
  const done = new Set<string>();
  const owed = (skip: readonly string[]): string[] =>
    ['good', 'bad'].filter((item) => !done.has(item) && !skip.includes(item));
  return defineJob({
    name,
    schedule: { cron: '0 * * * *' },
    retry: { maxAttempts: 1 },
    maxFailureRate: 0.9,
    items: async ({ skip }) => owed(skip),
    batch: async ({ only, skip }) => {
      const now = only ?? owed(skip);
      if (now.includes('bad')) throw new Error(text);
      now.forEach((item) => done.add(item));
      return { processed: now.length, next: null };
    },
  });
}

/** As much of Sentry's SDK as the channel uses: every event is taken at once. */
function sentryThat(takes: (event: object) => void) {
  type Told = (event: { event_id?: string }, response: { statusCode?: number }) => void;
  const listeners = new Set<Told>();
  return {
    captureEvent: (event: { event_id: string }): string => {
      takes(event);
      queueMicrotask(() => listeners.forEach((told) => told(event, { statusCode: 200 })));
      return event.event_id;
    },
    captureCheckIn: (): string => '',
    flush: async (): Promise<boolean> => true,
    isEnabled: (): boolean => true,
    getClient: () => ({
      on: (_hook: 'afterSendEvent', told: Told) => {
        listeners.add(told);
        return () => void listeners.delete(told);
      },
    }),
  };
}
