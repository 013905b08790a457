import { describe, expect, it } from 'vitest';
import { InvalidOptionError, described, hiddenValue } from './errors.ts';
import { assertKnownOptions, wholeNumber } from './options.ts';

describe('the error for an option', () => {
  it.each<[unknown, string]>([
    ['all', '"all"'],
    [undefined, 'undefined'],
    [null, 'null'],
    [5n, '5n'],
    [[1, 2], '[1,2]'],
    [() => 1, 'a function'],
    [new Date(Number.NaN), 'an invalid Date'],
    [Promise.resolve(1), 'a Promise (await it)'],
    [described('an object without "ping"'), 'an object without "ping"'],
    [hiddenValue('redis://user:s3cret@cache'), 'a value that is hidden, because it may be a secret'],
    [hiddenValue(''), '""'],
    [hiddenValue(undefined), 'undefined'],
  ])('shows %o as it was given, or in words without quotes', (value, shown) => {
    const error = new InvalidOptionError('mode', value, 'must be "new" or "none"');
    expect(error).toMatchObject({ code: 'INVALID_OPTION', option: 'mode' });
    expect(error.message).toBe(`Option mode must be "new" or "none"; got ${shown}.`);
  });

  it('says of a number which numbers are valid', () => {
    expect(() => wholeNumber('limit', 1.5, { min: 1, max: 10 })).toThrow(
      'Option limit must be a whole number from 1 to 10; got 1.5.',
    );
  });

  it('says of an unknown option which options are known', () => {
    expect(() => assertKnownOptions('health.', { chekIntervalMs: 5 }, ['alerts', 'checkIntervalMs'])).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTION',
        option: 'health.chekIntervalMs',
        message: 'Unknown option health.chekIntervalMs; known options are alerts, checkIntervalMs.',
      }),
    );
  });
});
