export { RedisConnection, RedisNotOpenError, RedisRefusedError } from './redis-connection.ts';
export { redis, redisConnection } from './redis-module.ts';
export type { RedisOptions } from './redis-options.ts';
