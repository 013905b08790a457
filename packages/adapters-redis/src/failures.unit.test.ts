import { StoreUnavailableError } from '@gamekeeper/core';
import { inspect } from 'node:util';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { asUnavailable, isReadOnly, isRefusal } from './failures.ts';

const said = (message: string): Error => Object.assign(new Error(message), { name: 'ReplyError' });

describe('a reply of a Redis that cannot serve', () => {
  it.each([
    ['LOADING Redis is loading the dataset in memory', 'wait'],
    ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", 'replication'],
    ['CLUSTERDOWN The cluster is down', 'CLUSTER INFO'],
    ["READONLY You can't write against a read only replica. script: 88c9, on @user_script:1.", 'primary'],
    ['NOREPLICAS Not enough good replicas to write.', 'min-replicas-to-write'],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'maxmemory'],
    ['MISCONF Redis is configured to save RDB snapshots, but …', 'disk'],
    ['NOPERM this user has no permissions to run the evalsha command', 'ACL SETUSER'],
    ["ERR The user executing the script can't run this command or subcommand script: dfd1", 'ACL SETUSER'],
    ["ERR The user executing the script can't access at least one of the keys mentioned", 'ACL SETUSER'],
    ['NOAUTH Authentication required.', 'redis.url'],
    ['WRONGPASS invalid username-password pair or user is disabled.', 'redis.url'],
    [
      "ERR Error running script (call to f_1): @user_script:5: @user_script: 5: -READONLY You can't write against a read only replica.",
      'primary',
    ],
  ])('%s', (message, remedy) => {
    const error = asUnavailable(said(message));
    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect((error as Error).message).toContain(message.replace(/\.$/, ''));
    expect((error as Error).message).toContain(remedy);
  });

  it('is understood in an error of a client that Jest has loaded in its sandbox', () => {
    const reply: unknown = runInNewContext(
      `Object.assign(new Error("READONLY You can't write against a read only replica."), { name: 'ReplyError' })`,
    );
    expect(reply).not.toBeInstanceOf(Error);
    expect(asUnavailable(reply)).toBeInstanceOf(StoreUnavailableError);
    expect(isReadOnly(reply)).toBe(true);
    expect(isRefusal(reply)).toBe(false);
  });

  it('is found in a transaction that was discarded for it', () => {
    const discarded = Object.assign(said('EXECABORT Transaction discarded because of previous errors.'), {
      previousErrors: [said("NOPERM this user has no permissions to run the 'xadd' command")],
    });
    expect(String(asUnavailable(discarded))).toContain("run the 'xadd' command: its ACL");
  });

  it('does not show what was written', () => {
    const reply = Object.assign(said('OOM command not allowed'), { command: { args: ['s3cret'] } });
    expect(inspect(asUnavailable(reply), { depth: 9 })).not.toContain('s3cret');
  });
});

it.each([
  'WRONGTYPE Operation against a key',
  'BUSYGROUP Consumer Group name already exists',
  'ERR syntax error',
])('a command that was wrong stays what it is: %s', (message) => {
  const error = said(message);
  expect(asUnavailable(error)).toBe(error);
});

it('a refusal of a connection is permanent', () => {
  expect(isRefusal(said('WRONGPASS invalid username-password pair'))).toBe(true);
  expect(isRefusal(said('ERR DB index is out of range'))).toBe(true);
  expect(isRefusal(said('LOADING Redis is loading the dataset in memory'))).toBe(false);
  expect(isRefusal(new Error('WRONGPASS'))).toBe(false);
});

it('a server that is a replica now is recognized by its reply', () => {
  expect(isReadOnly(said("READONLY You can't write against a read only replica."))).toBe(true);
  expect(isReadOnly(said('OOM command not allowed'))).toBe(false);
});
