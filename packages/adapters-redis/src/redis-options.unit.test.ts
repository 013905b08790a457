import { InvalidOptionError } from '@gamekeeper/core';
import { Cluster, Redis } from 'ioredis';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { redisConnection } from './redis-module.ts';
import { checkedOptions, type RedisOptions } from './redis-options.ts';

const url = 'redis://keeper:s3cret@localhost:6379/0';
const client = new Redis({ lazyConnect: true });
const cluster = new Cluster([{ port: 1 }], { lazyConnect: true });

describe('redisConnection rejects', () => {
  it.each<[string, unknown, string, string]>([
    ['no Redis at all', {}, 'redis', 'none of them'],
    ['two of them', { url, client }, 'redis', 'url and client'],
    ['an unset variable', { url: undefined }, 'redis.url', 'undefined'],
    ['an empty variable', { url: '' }, 'redis.url', '""'],
    ['a URL of another technology', { url: 'http://:s3cret@localhost' }, 'redis.url', 'redis://'],
    ['what is no URL', { url: ':s3cret@localhost:6379' }, 'redis.url', 'redis://'],
    ['a URL without a host', { url: 'redis://' }, 'redis.url', 'redis://'],
    ['a database by name', { url: 'redis://:s3cret@localhost:6379/game' }, 'redis.url', 'redis://'],
    ['a client that is none', { client: { url } }, 'redis.client', 'ioredis'],
    ['a missing client', { client: undefined }, 'redis.client', 'ioredis'],
    ['a server and a URL', { url, server: { host: 'localhost' } }, 'redis', 'url and server'],
    ['a server by its name', { server: 'localhost' }, 'redis.server', 'an object'],
    ['no sentinels', { server: { sentinels: [], name: 'game' } }, 'redis.server.sentinels', '{ host, port }'],
    ['sentinels of nobody', { server: { sentinels: [{ port: 1 }] } }, 'redis.server.name', 'undefined'],
    ['a prefix in a server', { server: { keyPrefix: 'a' } }, 'redis.server.keyPrefix', 'redis.keyPrefix'],
    ['a cluster of nobody', { cluster: { nodes: [] } }, 'redis.cluster.nodes', '{ host, port }'],
    [
      'cluster options that are none',
      { cluster: { nodes: [1], options: 1 } },
      'redis.cluster.options',
      'an object',
    ],
    ['TLS without it', { url, tls: {} }, 'redis.tls', 'rediss://'],
    ['TLS by a word', { url: 'rediss://localhost', tls: true }, 'redis.tls', 'tls.connect'],
    ['an empty prefix', { url, keyPrefix: '' }, 'redis.keyPrefix', '""'],
    ['a prefix that a cluster would read', { url, keyPrefix: '{game}' }, 'redis.keyPrefix', '{game}'],
    ['a misspelt option', { url, prefix: 'game' }, 'redis.prefix', 'keyPrefix'],
  ])('%s', (_, options, option, shown) => {
    const error = refusal(options as RedisOptions);
    expect(error).toMatchObject({ code: 'INVALID_OPTION', option });
    expect(error.message).toMatch(new RegExp(`^(Option|Unknown option) ${option}[ ;]`));
    expect(error.message).toContain(shown);
    expect(inspect(error, { depth: 9 })).not.toContain('s3cret');
  });
});

describe('redisConnection accepts', () => {
  it.each<[string, RedisOptions]>([
    ['a server', { url }],
    ['a server with TLS and nothing else', { url: 'rediss://cache.example.org' }],
    ['a server with a certificate', { url: 'rediss://cache.example.org', tls: { ca: '…' } }],
    ['sentinels', { server: { sentinels: [{ host: 'sentinel', port: 26_379 }], name: 'game' } }],
    ['a cluster', { cluster: { nodes: [{ host: 'node', port: 7_000 }], options: { scaleReads: 'slave' } } }],
    ['the host’s client', { client }],
    ['the host’s client of a cluster', { client: cluster }],
    ['a prefix', { client, keyPrefix: 'quiz:eu-1' }],
  ])('%s, and connects to nothing yet', (_, options) => {
    expect(checkedOptions(options)).toBe(options);
    expect(redisConnection(options).name).toBe('redisConnection');
    expect(client.status).toBe('wait');
  });
});

function refusal(options: RedisOptions): InvalidOptionError {
  try {
    redisConnection(options);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionError);
    return error as InvalidOptionError;
  }
  throw new Error('it was accepted');
}
