import { expect, it } from 'vitest';
import { loadNodemailer } from './load-nodemailer.ts';

it('says what to install if nodemailer is missing', () => {
  const cause = new Error(`Cannot find module 'nodemailer'`);
  const load = (): never => {
    throw cause;
  };
  expect(() => loadNodemailer(load)).toThrow(
    expect.objectContaining({
      code: 'MISSING_NODEMAILER',
      message: expect.stringContaining('install it') as string,
      cause,
    }),
  );
});
