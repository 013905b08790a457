import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { errorText } from '../secrets/error-text.ts';
import { instant } from '../time/instant.ts';
import { givenObject } from './options.ts';
import { isDate, isError } from './realms.ts';

/** Makes something in another realm, as the sandbox of a test runner does. */
const elsewhere = (code: string): unknown => runInNewContext(code);

describe('values of another realm', () => {
  it('are instants if they are dates', () => {
    expect(instant(elsewhere('new Date(5)') as Date)).toBe(5);
    expect(() => instant(elsewhere('new Date(NaN)') as Date)).toThrow('is not an instant');
  });

  it('are no options if they are dates', () => {
    expect(() => givenObject('rules', elsewhere('new Date(5)') as object, 'must be an object')).toThrow(
      'rules',
    );
    expect(givenObject('rules', elsewhere('({ a: 1 })') as object, 'must be an object')).toEqual({ a: 1 });
  });

  it('are told by their messages if they are errors', () => {
    expect(errorText(elsewhere('new TypeError("it broke")'))).toBe('it broke');
  });

  it('are not mistaken', () => {
    const throwing = {
      get [Symbol.toStringTag](): string {
        throw new Error('read');
      },
    };
    for (const value of [
      null,
      undefined,
      0,
      'now',
      {},
      { getTime: () => 0 },
      throwing,
      Object.create(Date.prototype),
    ]) {
      expect(isDate(value)).toBe(false);
      expect(isError(value)).toBe(false);
    }
    expect(isDate(new Date(Number.NaN))).toBe(true);
    expect(isError(new RangeError('x'))).toBe(true);
  });
});
