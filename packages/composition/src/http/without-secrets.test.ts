import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutSecrets } from './without-secrets.ts';

describe('the text of an error for strangers', () => {
  it.each([
    ['connect postgres://game:s3cret@db:5432/game failed', 'connect postgres://… failed'],
    ['GET https://hooks.example.org/T0/B1/s3cret: 404', 'GET https://… 404'],
    ['no connection ("rediss://:a)b"c@cache") left', 'no connection ("rediss://… left'],
    ['host=db user=game password=s3cret dbname=game', 'host=db user=game password=… dbname=game'],
    ['Authorization: Bearer s3cret', 'Authorization: …'],
    ['{"token": "s3cret", "job": "sweep"}', '{"token": …, "job": "sweep"}'],
    ['api_key=s3cret;x=1', 'api_key=…;x=1'],
    ['the mail server is gone', 'the mail server is gone'],
  ])('of %j is %j', (text, shown) => {
    expect(withoutSecrets(text)).toBe(shown);
  });

  it('has nothing of a connection string but its scheme', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9]{12,20}$/);
    const around = fc.constantFrom(' ', ': ', '(', '"', '\n');
    fc.assert(
      fc.property(secret, around, fc.webPath(), (password, space, path) => {
        const text = `failed${space}postgres://game:${password}@db${path}${space}`;
        expect(withoutSecrets(text)).not.toContain(password);
      }),
    );
  });
});
