import { InvalidOptionError, type AlertChannel } from '@gamekeeper/core';
import { described, hiddenValue } from '@gamekeeper/core/engine';
import { type AbortSignalLike } from '@gamekeeper/core/ports';
import type { SMTPTransportOptions } from 'nodemailer';
import { AlertNotDeliveredError, codeOf } from '../alert-not-delivered-error.ts';
import { checkOptionNames, checkText, isRecord } from '../options.ts';
import { loadNodemailer } from './load-nodemailer.ts';
import { mailOf, type AlertMail } from './mail.ts';

/** What sends mails: a transporter of nodemailer's `createTransport`, of any version. */
export interface MailTransporter {
  sendMail(mail: AlertMail & { readonly signal: AbortSignal }): Promise<unknown>;
}

/** What {@link emailAlerts} takes. */
export interface EmailAlertOptions {
  /**
   * How mails are sent. A secret: it is never logged. One of
   * - an SMTP URL: `smtps://user:password@mail.example.org`;
   * - options of nodemailer's SMTP transport: `{ host, port, auth }`;
   * - a transporter of nodemailer's `createTransport`, for pools, SES and others. It is yours to close.
   */
  readonly transport: string | SMTPTransportOptions | MailTransporter;
  /** `Gamekeeper <alerts@example.org>`. */
  readonly from: string;
  /** One address or several. */
  readonly to: string | readonly string[];
  /** What subjects begin with. Default `[Gamekeeper]`. */
  readonly subjectPrefix?: string;
  /** Default `email`. */
  readonly name?: string;
}

/**
 * Sends each alert as a mail, through nodemailer. The message's id comes from the alert's key, so that mail servers can
 * drop one that is sent twice, and all mails about one job or check are a thread.
 *
 * @throws {InvalidOptionError} naming the option that cannot work
 * @throws {MissingNodemailerError} where a URL or options are given, and nodemailer is not installed
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
        // Without message and cause: servers repeat what they were given, passwords too.
        throw new AlertNotDeliveredError(name, problemOf(failure, signal));
      }
    },
  };
}

/** A mail server that hangs is given up in this time, long before nodemailer's own ten minutes. Milliseconds. */
const limits = {
  dnsTimeout: 5_000,
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  socketTimeout: 15_000,
};

function transporterOf(option: string, transport: unknown): MailTransporter {
  if (isTransporter(transport)) return transport;
  const options = typeof transport === 'string' ? { url: transport } : transport;
  // nodemailer repeats a URL that it cannot read in a warning of the process.
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
  // What goes wrong fails the mail as well; an event that nobody listens to would end the process.
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
  if (aborted) return 'the mail server did not take the mail in time';
  if (typeof responseCode === 'number') return `the mail server answered ${responseCode}`;
  const code = codeOf(failure);
  return `the mail could not be sent${code === null ? '' : ` (${code})`}; check emailAlerts.transport`;
}
