import { GamekeeperError } from '@gamekeeper/core';
import { createRequire } from 'node:module';
import type * as Nodemailer from 'nodemailer';
import type SMTPTransport from 'nodemailer/lib/smtp-transport';

/** Thrown when the package nodemailer is needed and not installed. */
export class MissingNodemailerError extends GamekeeperError<'MISSING_NODEMAILER'> {
  constructor(cause: unknown) {
    super(
      'MISSING_NODEMAILER',
      'The package nodemailer could not be loaded; install it, or set emailAlerts.transport to a transporter.',
      { cause },
    );
  }
}

/** The parts of nodemailer that are used; they exist in every version. */
export interface LoadedNodemailer {
  readonly createTransport: (transport: SMTPTransport) => ReturnType<typeof Nodemailer.createTransport>;
  readonly SMTPTransport: typeof SMTPTransport;
}

/**
 * Loads nodemailer. Only hosts that pass a URL or SMTP options need it.
 *
 * @throws {MissingNodemailerError}
 */
export function loadNodemailer(
  load: (name: string) => unknown = createRequire(import.meta.url),
): LoadedNodemailer {
  const { createTransport } = loaded(load);
  // The SMTP transport is in another file in each version, but every version creates one from these options.
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
