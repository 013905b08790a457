export { RedisEventBus, redisEventBus, type RedisEventBusOptions } from './events/redis-event-bus.ts';
export { RedisEventConsumer, type RedisEventConsumerOptions } from './events/redis-event-consumer.ts';
export type { EventStreamOptions } from './events/event-streams.ts';
export { RedisSeenEvents } from './events/redis-seen-events.ts';
export { RedisConnection, RedisNotOpenError, RedisRefusedError } from './redis-connection.ts';
export { redis, redisConnection } from './redis-module.ts';
export type { RedisOptions } from './redis-options.ts';
