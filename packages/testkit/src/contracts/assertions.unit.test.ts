import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { deepEqual } from './assertions.ts';

const elsewhere = (code: string): unknown => runInNewContext(`(${code})`);

describe('deepEqual', () => {
  it.each<[string, unknown]>([
    ['{ a: [1, { b: null }] }', { a: [1, { b: null }] }],
    ['[]', []],
    ['new Date(5)', new Date(5)],
    ['new Map([["a", [new Set([1])]]])', new Map([['a', [new Set([1])]]])],
  ])('finds %s of another realm equal to the same here', (code, here) => {
    deepEqual(elsewhere(code), here);
    deepEqual(here, elsewhere(code));
  });

  it.each<[unknown, unknown]>([
    [{ a: 1 }, { a: 2 }],
    [{ a: undefined }, {}],
    [[1], { 0: 1 }],
    [new Date(5), new Date(6)],
    [new Map([['a', 1]]), new Map([['a', 2]])],
    [new Set([1]), new Set([2])],
    [0, -0],
    [null, undefined],
    [Object.create(null), {}],
    [new Error('a'), new Error('b')],
    [elsewhere('{ a: 1 }'), { a: '1' }],
  ])('finds %j other than %j', (one, other) => {
    expect(() => deepEqual(one, other)).toThrow('strictly deep-equal');
  });
});
