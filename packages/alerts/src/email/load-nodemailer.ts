import { GamekeeperError } from '@gamekeeper/core';
import { createRequire } from 'node:module';
import type * as Nodemailer from 'nodemailer';
import type SMTPTransport from 'nodemailer/lib/smtp-transport';

/** The package nodemailer, which sends mails, is not installed. */
export class MissingNodemailerError extends GamekeeperError<'MISSING_NODEMAILER'> {
  constructor(cause: unknown) {
    super(
      'MISSING_NODEMAILER',
      'The package nodemailer could not be loaded; install it, or give emailAlerts.transport a transporter.',
      { cause },
    );
  }
}

/** What is used of nodemailer, in each of its versions. */
export interface LoadedNodemailer {
  readonly createTransport: (transport: SMTPTransport) => ReturnType<typeof Nodemailer.createTransport>;
  readonly SMTPTransport: typeof SMTPTransport;
}

/**
 * Loads nodemailer, which only those need who send mails by a URL or options.
 *
 * @throws {MissingNodemailerError}
 */
export function loadNodemailer(
  load: (name: string) => unknown = createRequire(import.meta.url),
): LoadedNodemailer {
  const { createTransport } = loaded(load);
  // Each version has its SMTP transport in another file, but all make one of these options.
  const { transporter } = createTransport({ host: 'localhost' });
  return { createTransport, SMTPTransport: transporter.constructor as typeof SMTPTransport };
}

function loaded(load: (name: string) => unknown): typeof Nodemailer {
  try {
    return load('nodemailer') as typeof Nodemailer;
  } catch (error) {
    throw new MissingNodemailerError(error);
  }
}
