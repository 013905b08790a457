import type { Alert } from '@gamekeeper/core';
import fc from 'fast-check';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import nodemailer from 'nodemailer';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MailReceiver, type ReceivedMail } from '../../../../test/receivers/mail-receiver.ts';
import { alerts, anAlert, unhurried } from '../../test/alerts.ts';
import { emailAlerts } from './email-alerts.ts';

const from = 'Gamekeeper <jobs@example.org>';
const to = 'ops@example.org';

describe('a mailbox', () => {
  let receiver: MailReceiver;

  beforeAll(async () => {
    receiver = await MailReceiver.start({
      onAuth: ({ username, password }, _, done) =>
        done(null, username === 'ops' && password === 'right' ? { user: 'ops' } : {}),
    });
  });
  beforeEach(() => void receiver.received.items.splice(0));
  afterAll(() => receiver.close());

  async function mailed(alert: Alert = anAlert()): Promise<ReceivedMail> {
    await emailAlerts({ transport: receiver.url(), from, to }).send(alert, unhurried);
    return receiver.received.items.at(-1)!;
  }

  it('receives what has happened, as text and as HTML', async () => {
    const { from: sender, to: recipients, headers, source } = await mailed();
    expect({ sender, recipients }).toEqual({ sender: 'jobs@example.org', recipients: ['ops@example.org'] });
    expect(headers).toMatchObject({
      from,
      to,
      subject: '[Gamekeeper] life-regeneration is late: last success 2026-11-24T10:00:00.000Z, 36 min ago',
      'auto-submitted': 'auto-generated',
      'x-gamekeeper-alert': 'late:life-regeneration:2026-11-24T10:36:00.000Z',
      'content-type': expect.stringContaining('multipart/alternative') as string,
    });
    expect(source).toContain('Next tick: 2026-11-24T11:00:00.000Z');
    expect(source).toContain('<strong>life-regeneration is late');
  });

  it('receives identical mails for the same alert, so that servers can drop one', async () => {
    const [first, again] = [await mailed(), await mailed()];
    const other = await mailed(anAlert({ key: 'late:life-regeneration:2026-11-25T10:36:00.000Z' }));
    expect(first.headers['message-id']).toMatch(/^<[\da-f]{32}\.gamekeeper@example\.org>$/);
    expect(again.headers['message-id']).toBe(first.headers['message-id']);
    expect(other.headers['message-id']).not.toBe(first.headers['message-id']);
  });

  it('receives all mails about one job as one thread, and a reminder below its alert', async () => {
    const trouble = await mailed();
    const reminder = await mailed(anAlert({ kind: 'reminder', key: 'late:life-regeneration:later' }));
    const recovery = await mailed(anAlert({ kind: 'recovered', key: 'healthy:life-regeneration:later' }));
    const elsewhere = await mailed(anAlert({ job: 'streak-update', key: 'late:streak-update:later' }));
    const thread = trouble.headers['references'];
    expect(recovery.headers['references']).toBe(thread);
    expect(reminder.headers['references']).toBe(`${thread} ${trouble.headers['message-id']}`);
    expect(elsewhere.headers['references']).not.toBe(thread);
  });

  it('receives a one-line subject and no injected header, whatever text the alert has', async () => {
    await fc.assert(
      fc.asyncProperty(alerts(), async (alert) => {
        const { headers, to: recipients, source } = await mailed(alert);
        expect(recipients).toEqual(['ops@example.org']);
        expect(headers).not.toHaveProperty('bcc');
        expect(headers['to']).toBe(to);
        const html = decoded(source, 'text/html');
        expect(html.replaceAll(/<\/?(?:div|p|strong|table|tr|th|td|small)(?: [^<>]*)?>/g, '')).not.toMatch(
          /[<>]/,
        );
      }),
      { numRuns: 30 },
    );
  });

  it('accepts several recipients, a prefix, and a transporter of the host', async () => {
    const transporter = nodemailer.createTransport({ host: '127.0.0.1', port: receiver.port });
    const channel = emailAlerts({
      transport: transporter,
      from: 'jobs@example.org',
      to: ['a@example.org', 'b@example.org'],
      subjectPrefix: 'PROD',
    });
    await channel.send(anAlert(), unhurried);
    const [mail] = await receiver.received.first(1);
    expect(mail?.to).toEqual(['a@example.org', 'b@example.org']);
    expect(mail?.headers['subject']).toMatch(/^PROD life-regeneration is late/);
  });

  it('is reached with user and password, in a URL or in options', async () => {
    const auth = { user: 'ops', pass: 'right' };
    for (const transport of [receiver.url('ops:right'), { host: '127.0.0.1', port: receiver.port, auth }]) {
      await emailAlerts({ transport, from, to }).send(anAlert(), unhurried);
    }
    expect(receiver.received.items).toHaveLength(2);
    const wrong = emailAlerts({ transport: receiver.url('ops:hunter22'), from, to });
    await expect(wrong.send(anAlert(), unhurried)).rejects.toThrow(
      'The channel "email" could not deliver an alert: the mail server responded with 535.',
    );
  });

  it('reports a server that cannot be reached by its error code only', async () => {
    const transport = 'smtp://ops:hunter22@127.0.0.1:1';
    await expect(emailAlerts({ transport, from, to }).send(anAlert(), unhurried)).rejects.toThrow(
      /^The channel "email" could not deliver an alert: the mail could not be sent \(E[A-Z]+\); check emailAlerts\.transport\.$/,
    );
  });

  it('gives up a server that hangs when the timeout ends', async () => {
    const silent = createServer();
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const transport = `smtp://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const time = new AbortController();
    const sending = emailAlerts({ transport, from, to }).send(anAlert(), time.signal);
    const [socket] = (await once(silent, 'connection')) as [NodeJS.WritableStream];
    const closed = once(socket, 'close');
    time.abort();
    await expect(sending).rejects.toThrow('the mail server did not accept the mail in time');
    await closed;
    silent.close();
  });

  it.each([
    ['emailAlerts.transport', { from, to }],
    ['emailAlerts.transport', { from, to, transport: 'https://example.org' }],
    ['emailAlerts.from', { to, transport: 'smtp://localhost' }],
    ['emailAlerts.from', { from: 'nobody', to, transport: 'smtp://localhost' }],
    ['emailAlerts.to', { from, to: [], transport: 'smtp://localhost' }],
    ['emailAlerts.to[1]', { from, to: [to, 'x@y\r\nBcc: z@y'], transport: 'smtp://localhost' }],
    ['emailAlerts.subjectPrefix', { from, to, transport: 'smtp://localhost', subjectPrefix: 'a\nb' }],
    ['emailAlerts.name', { from, to, transport: 'smtp://localhost', name: '' }],
    ['emailAlerts.bcc', { from, to, transport: 'smtp://localhost', bcc: to }],
  ])('rejects an invalid %s', (option, options) => {
    expect(() => emailAlerts(options as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option }),
    );
  });
});

/** Returns the decoded part of a mail with a content type. */
function decoded(source: string, type: string): string {
  const part = source.split(/\r\n--/).find((one) => one.includes(`Content-Type: ${type}`)) ?? '';
  const [head = '', ...body] = part.split('\r\n\r\n');
  const text = body.join('\r\n\r\n');
  if (/base64/i.test(head)) return Buffer.from(text, 'base64').toString();
  if (!/quoted-printable/i.test(head)) return text;
  const bytes = text
    .replaceAll('=\r\n', '')
    .replaceAll(/=([\dA-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}
