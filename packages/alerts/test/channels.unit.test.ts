import { logAlerts, type AlertChannel, type Logger } from '@gamekeeper/core';
import { alertChannelContract, runContract, type AlertChannelHarness } from '@gamekeeper/testkit';
import { afterEach, describe, it } from 'vitest';
import { HttpReceiver, type Answer } from '../../../test/receivers/http-receiver.ts';
import { MailReceiver } from '../../../test/receivers/mail-receiver.ts';
import { emailAlerts, slackAlerts, webhookAlerts } from '../src/index.ts';

let open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.map((receiver) => receiver.close()));
  open = [];
});

const suites: Readonly<Record<string, () => Promise<AlertChannelHarness>>> = {
  webhookAlerts: () =>
    overHttp(
      (url) => webhookAlerts({ url }),
      (seconds) => String(seconds),
    ),
  slackAlerts: () =>
    overHttp(
      (url) => slackAlerts({ url }),
      (seconds) => new Date(Date.now() + seconds * 1_000).toUTCString(),
    ),
  emailAlerts: overMail,
  logAlerts: toLog,
};

for (const [name, create] of Object.entries(suites)) {
  describe(name, () => {
    runContract(alertChannelContract({ create }), it);
  });
}

/** Sends through a channel on a server that responds with its `Retry-After` header. */
async function overHttp(
  channel: (url: string) => AlertChannel,
  retryAfter: (seconds: number) => string,
): Promise<AlertChannelHarness> {
  let answer: ReturnType<Answer> = { status: 204 };
  const receiver = await HttpReceiver.start(() => answer);
  open.push(receiver);
  return {
    channel: channel(receiver.url('/hook')),
    received: () => receiver.received.items.map(({ body }) => body),
    refuse: () => void (answer = { status: 500 }),
    askForSilence: (seconds) =>
      void (answer = {
        status: seconds % 2 === 0 ? 429 : 503,
        headers: { 'retry-after': retryAfter(seconds) },
      }),
  };
}

async function overMail(): Promise<AlertChannelHarness> {
  let refuses = false;
  const receiver = await MailReceiver.start({
    onMailFrom: (_address, _session, done) => done(refuses ? new Error('not today') : undefined),
  });
  open.push(receiver);
  return {
    channel: emailAlerts({ transport: receiver.url(), from: 'jobs@example.org', to: 'ops@example.org' }),
    received: () => receiver.received.items.map(({ source }) => source.replaceAll('=\r\n', '')),
    refuse: () => void (refuses = true),
  };
}

async function toLog(): Promise<AlertChannelHarness> {
  const lines: string[] = [];
  let refuses = false;
  const write = (message: string, fields?: object): void => {
    if (refuses) throw new Error('the disk is full');
    lines.push(`${message} ${JSON.stringify(fields)}`);
  };
  const logger: Logger = { debug: write, info: write, warn: write, error: write };
  return { channel: logAlerts(logger), received: () => lines, refuse: () => void (refuses = true) };
}
