import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { awardIdOf, awardId, sessionId, userId, username } from './ids.ts';

const checks = { userId, sessionId, awardId, username };

describe.each(Object.entries(checks))('%s', (option, check) => {
  it.each([
    ['a lone high surrogate', '\ud800'],
    ['another, which a store would take for the same', '\udbff'],
    ['a lone low surrogate', 'ada\udc00'],
    ['surrogates in the wrong order', '\ude00\ud83d'],
    ['a NUL character', 'ada\0'],
    ['a byte-order mark in front, which decoders drop', '\ufeffada'],
    ['nothing', ''],
    ['an absurd length', 'x'.repeat(2_000_000)],
    ['a number', 7],
    ['null', null],
    ['undefined', undefined],
    ['an object', { toString: () => 'ada' }],
    ['a String object', new String('ada')],
    ['a list', ['ada']],
    ['a symbol', Symbol('ada')],
    ['a bigint', 7n],
  ])('refuses %s by name, with a short message', (_, value) => {
    const refused = () => check(value as never);
    expect(refused).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option }) as Error);
    expect(refused).toThrow(/^.{1,400}$/s);
  });

  it('returns any other text as it is', () => {
    const texts = fc.string({ unit: 'binary', minLength: 1, maxLength: 63 });
    fc.assert(
      fc.property(texts, (text) => {
        fc.pre(text.isWellFormed() && !/\0|^\ufeff/.test(text));
        expect(check(text)).toBe(text);
      }),
    );
  });
});

describe('the length of an id', () => {
  it.each(['x', 'é', '語', '\u{1F3AE}', 'xé語\u{1F3AE}'])(
    'is measured in bytes of UTF-8, which are 255 at most, made of %s',
    (unit) => {
      for (let count = 1; count <= 300; count += 1) {
        const text = unit.repeat(count);
        const fits = Buffer.byteLength(text) <= 255;
        if (fits) expect(userId(text)).toBe(text);
        else expect(() => userId(text)).toThrow('at most 255 bytes');
      }
    },
  );

  it('leaves room for the award of a session with the longest id', () => {
    const session = sessionId('x'.repeat(255));
    expect(awardIdOf(session)).toBe(`quiz:${session}`);
  });
});

describe('the length of a name', () => {
  it.each(['x', 'é', '語', '\u{1F3AE}'])('is at most 200 characters, each %s counts as one', (unit) => {
    expect(username(unit.repeat(200))).toHaveLength(200 * unit.length);
    expect(() => username(unit.repeat(201))).toThrow('must be 1 to 200 characters');
  });
});
