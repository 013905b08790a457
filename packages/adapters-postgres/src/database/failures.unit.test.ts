import { StoreUnavailableError, TransactionConflictError } from '@gamekeeper/core';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { asStoreError, isTransactionConflict } from './conflicts.ts';
import { endsConnection, asUnavailable } from './failures.ts';

const failure = (code: string, message = 'as the server says it'): Error =>
  Object.assign(new Error(message), { code });

describe('a server that cannot serve at the moment', () => {
  it.each([
    ['08006', 'connection failure', true],
    ['25006', 'a replica, or a read-only phase', true],
    ['25P03', 'idle in a transaction for too long', true],
    ['53100', 'disk full', false],
    ['53200', 'out of memory', false],
    ['53300', 'too many connections', false],
    ['57P01', 'shut down by an administrator', true],
    ['57P02', 'shut down after a crash', true],
    ['57P03', 'starting up', true],
    ['58030', 'a disk that fails', false],
    ['ETIMEDOUT', 'a silent network', true],
  ])('%s (%s) is unavailable; its connection is of no more use: %s', (code, _, ends) => {
    expect(asUnavailable(failure(code))).toBeInstanceOf(StoreUnavailableError);
    expect(endsConnection(failure(code))).toBe(ends);
  });

  it('is found behind an error of the ORM, and told with its words', () => {
    const wrapped = new Error('batch', {
      cause: failure('25006', 'cannot execute INSERT in a read-only transaction'),
    });
    expect(String(asUnavailable(wrapped))).toContain(
      'cannot execute INSERT in a read-only transaction: the server is a',
    );
  });

  it('may be a socket in the file system that is not there', () => {
    const missing = Object.assign(failure('ENOENT', 'connect ENOENT /run/.s.PGSQL.5432'), {
      syscall: 'connect',
    });
    expect(asUnavailable(missing)).toBeInstanceOf(StoreUnavailableError);
  });
});

describe('an error of a driver that Jest has loaded in its sandbox', () => {
  const foreign = (code: string, message = 'as the server says it'): unknown => {
    const error: unknown = runInNewContext('Object.assign(new Error(message), { code })', { code, message });
    expect(error).not.toBeInstanceOf(Error);
    return error;
  };

  it('is understood as any other', () => {
    expect(asUnavailable(foreign('57P01'))).toBeInstanceOf(StoreUnavailableError);
    expect(asUnavailable(foreign('', 'Connection terminated'))).toBeInstanceOf(StoreUnavailableError);
    expect(endsConnection(foreign('', 'Connection terminated'))).toBe(true);
    expect(asStoreError(foreign('40P01'))).toBeInstanceOf(TransactionConflictError);
    expect(isTransactionConflict(new Error('Query failed', { cause: foreign('40001') }))).toBe(true);
    expect(isTransactionConflict(foreign('23505'))).toBe(false);
  });
});

it.each([
  ['57014', 'canceling statement due to statement timeout'],
  ['40001', 'could not serialize access'],
  ['23514', 'a check'],
  ['P0001', 'the shop is closed'],
  ['22P02', 'invalid input syntax: "connection terminated"'],
])('a statement that failed for a reason of its own stays what it is: %s %s', (code, message) => {
  const error = failure(code, message);
  expect(asUnavailable(error)).toBe(error);
  expect(endsConnection(error)).toBe(false);
});
