import { emailAlerts, slackAlerts, webhookAlerts } from '@gamekeeper/alerts';
import { createJobHost } from '@gamekeeper/composition';
import { defineJob, type AlertChannel, type Logger } from '@gamekeeper/core';
import { engineTokens, type AlertLog } from '@gamekeeper/core/ports';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock, memoryAdapters } from '@gamekeeper/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HttpReceiver } from './receivers/http-receiver.ts';
import { MailReceiver } from './receivers/mail-receiver.ts';

const JOBS = 500;

let [hook, chat]: HttpReceiver[] = [];
let mail: MailReceiver;
let isLimited = true;

beforeAll(async () => {
  const after = { seconds: '120', date: () => new Date(Date.now() + 120_000).toUTCString() };
  [hook, chat, mail] = await Promise.all([
    HttpReceiver.start(() =>
      isLimited ? { status: 429, headers: { 'retry-after': after.seconds } } : { status: 204 },
    ),
    HttpReceiver.start(() =>
      isLimited ? { status: 503, headers: { 'retry-after': after.date() } } : { status: 200 },
    ),
    MailReceiver.start(),
  ]);
});
afterAll(() => Promise.all([hook?.close(), chat?.close(), mail.close()]));

it('500 failing jobs are a digest for each channel, and servers that ask to be left alone are', async () => {
  const atWork = new Set<Promise<void>>();
  const counted = (channel: AlertChannel): AlertChannel => ({
    name: channel.name,
    send: async (alert, signal) => {
      const sending = channel.send(alert, signal);
      atWork.add(sending);
      await sending.finally(() => atWork.delete(sending));
    },
  });
  // Virtual time stands still while something is being sent.
  const settle = async (): Promise<void> => {
    do await new Promise(setImmediate);
    while (atWork.size > 0);
  };
  const clock = new VirtualClock('2026-11-24T11:59:50Z', { settle });
  const lines: string[] = [];
  const write = (text: string): void => void lines.push(text);
  const logger: Logger = { debug: () => undefined, info: write, warn: write, error: write };
  let areFailing = true;
  const jobs = Array.from({ length: JOBS }, (_, index) =>
    defineJob({
      name: `job-${index}`,
      schedule: { cron: '*/10 * * * *' },
      retry: { maxAttempts: 1 },
      batch: async () => {
        if (areFailing) throw new Error('the database of prices is away');
        return { processed: 0, next: null };
      },
    }),
  );
  const channels = [
    webhookAlerts({ url: hook!.url() }),
    slackAlerts({ url: chat!.url() }),
    emailAlerts({ transport: mail.url(), from: 'jobs@example.org', to: 'ops@example.org' }),
  ];
  const host = createJobHost({
    modules: [memoryAdapters(), cronerScheduler()],
    clock,
    logger,
    jobs,
    health: { alerts: channels.map((channel) => ({ channel: counted(channel) })) },
  });
  const sent = () => [hook!, chat!, mail].map(({ received }) => received.items.length);
  const aboutAlerts = (): string[] => lines.filter((line) => line.startsWith('alerts '));

  await host.start();
  await clock.advanceBy(90_000);
  expect(sent()).toEqual([1, 1, 1]);
  expect(mail.received.items[0]?.headers['subject']).toMatch(
    /^\[Gamekeeper\] 500 unhealthy \(500 warning\): job-/,
  );
  expect(aboutAlerts()).toEqual(Array.from({ length: 2 }, () => 'alerts cannot be delivered, trying again'));

  isLimited = false;
  await clock.advanceBy(120_000);
  expect(sent()).toEqual([2, 2, 1]);
  expect(aboutAlerts().slice(2)).toEqual(Array.from({ length: 2 }, () => 'alerts are delivered again'));
  const told = JSON.parse(hook!.received.items[1]!.body) as { alerts: unknown[] };
  expect(told).toMatchObject({ subject: 'digest', counts: { unhealthy: JOBS }, omitted: JOBS - 100 });
  expect(told.alerts).toHaveLength(100);

  areFailing = false;
  await clock.advanceBy(600_000);
  await host.idle();
  await clock.advanceBy(60_000);
  expect(sent()).toEqual([3, 3, 2]);
  expect(mail.received.items[1]?.headers['subject']).toMatch(/^\[Gamekeeper\] 500 healthy again: job-/);
  const alertLog = host.container.get<AlertLog>(engineTokens.alertLog.symbol);
  const records = await alertLog.list({ limit: 10_000 });
  expect(records).toHaveLength(2 * JOBS * channels.length);
  expect(records.filter(({ status }) => status !== 'delivered')).toEqual([]);
  await host.stop();
}, 120_000);
