import { InvalidOptionError, type AlertChannel } from '@gamekeeper/core';
import { described, hiddenValue } from '@gamekeeper/core/engine';
import { type AbortSignalLike } from '@gamekeeper/core/ports';
import type { SMTPTransportOptions } from 'nodemailer';
import { AlertNotDeliveredError, codeOf } from '../alert-not-delivered-error.ts';
import { checkOptionNames, checkText, isRecord } from '../options.ts';
import { loadNodemailer } from './load-nodemailer.ts';
import { mailOf, type AlertMail } from './mail.ts';

/** A transporter made by nodemailer's `createTransport`, of any version. */
export interface MailTransporter {
  sendMail(mail: AlertMail & { readonly signal: AbortSignal }): Promise<unknown>;
}

/** Options of {@link emailAlerts}. */
export interface EmailAlertOptions {
  /**
   * How mails are sent. It is a secret and never logged. One of
   * - an SMTP URL: `smtps://user:password@mail.example.org`;
   * - options of nodemailer's SMTP transport: `{ host, port, auth }`;
   * - a transporter of nodemailer's `createTransport`, for pools, SES and others. The host closes it.
   */
  readonly transport: string | SMTPTransportOptions | MailTransporter;
  /** The sender, such as `Gamekeeper <alerts@example.org>`. */
  readonly from: string;
  /** The recipients: one address or several. */
  readonly to: string | readonly string[];
  /** Prefix of each subject. Default `[Gamekeeper]`. */
  readonly subjectPrefix?: string;
  /** Default `email`. */
  readonly name?: string;
}

/**
 * Returns a channel that sends each alert as a mail through nodemailer. The message id is derived from the alert's key,
 * so that mail servers can drop a duplicate. All mails about one job or check form one thread.
 *
 * @throws {InvalidOptionError} naming the invalid option
 * @throws {MissingNodemailerError} if `transport` is a URL or options, and nodemailer is not installed
 * @example
 * emailAlerts({ transport: 'smtps://user:password@mail.example.org', from: 'jobs@example.org', to: 'ops@example.org' });
 */
export function emailAlerts(options: EmailAlertOptions): AlertChannel {
  checkOptionNames('emailAlerts', options, ['transport', 'from', 'to', 'subjectPrefix', 'name']);
  const { name = 'email', from, to, subjectPrefix = '[Gamekeeper]' } = options;
  checkText('emailAlerts.name', name);
  checkAddress('emailAlerts.from', from);
  checkRecipients('emailAlerts.to', to);
  if (subjectPrefix !== '') checkText('emailAlerts.subjectPrefix', subjectPrefix);
  const transporter = transporterOf('emailAlerts.transport', options.transport);
  return {
    name,
    send: async (alert, signal) => {
      const mail = mailOf(alert, { from, to, subjectPrefix });
      try {
        await transporter.sendMail({ ...mail, signal: signal as AbortSignal });
      } catch (failure) {
        // Without message and cause: servers repeat what they received, including passwords.
        throw new AlertNotDeliveredError(name, problemOf(failure, signal));
      }
    },
  };
}

/** Timeouts for a mail server that hangs, far below nodemailer's ten minutes. Milliseconds. */
const limits = {
  dnsTimeout: 5_000,
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  socketTimeout: 15_000,
};

function transporterOf(option: string, transport: unknown): MailTransporter {
  if (isTransporter(transport)) return transport;
  const options = typeof transport === 'string' ? { url: transport } : transport;
  // nodemailer prints a URL that it cannot parse in a process warning.
  if (isRecord(options) && (options['url'] === undefined || isSmtpUrl(options['url']))) {
    return smtpTransporter(options);
  }
  throw new InvalidOptionError(
    option,
    hiddenValue(transport),
    "must be a URL such as smtps://user:password@host, or nodemailer's options or transporter",
  );
}

function smtpTransporter(options: SMTPTransportOptions): MailTransporter {
  const { createTransport, SMTPTransport } = loadNodemailer();
  const transporter = createTransport(new SMTPTransport({ ...limits, ...options }));
  // The error also rejects `sendMail`; without a listener the event would end the process.
  transporter.on('error', () => undefined);
  return transporter;
}

function isTransporter(transport: unknown): transport is MailTransporter {
  return isRecord(transport) && typeof transport['sendMail'] === 'function';
}

function isSmtpUrl(text: unknown): boolean {
  const url = typeof text === 'string' ? URL.parse(text) : null;
  return url !== null && /^smtps?:$/.test(url.protocol) && url.hostname !== '';
}

function checkRecipients(option: string, to: unknown): void {
  if (!Array.isArray(to)) checkAddress(option, to);
  else if (to.length === 0)
    throw new InvalidOptionError(option, described('an empty list'), 'must have at least one address');
  else to.forEach((address, index) => checkAddress(`${option}[${index}]`, address));
}

function checkAddress(option: string, address: unknown): void {
  if (typeof address === 'string' && /^[^\p{Cc}]+@[^\p{Cc}]+$/u.test(address)) return;
  throw new InvalidOptionError(
    option,
    hiddenValue(address),
    'must be an address such as "Jobs <jobs@example.org>"',
  );
}

function problemOf(failure: unknown, { aborted }: AbortSignalLike): string {
  const responseCode = isRecord(failure) ? failure['responseCode'] : null;
  if (aborted) return 'the mail server did not accept the mail in time';
  if (typeof responseCode === 'number') return `the mail server responded with ${responseCode}`;
  const code = codeOf(failure);
  return `the mail could not be sent${code === null ? '' : ` (${code})`}; check emailAlerts.transport`;
}
