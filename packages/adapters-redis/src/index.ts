export type { DroppedEvents } from './events/dropped-events.ts';
export { RedisEventBus, redisEventBus, type RedisEventBusOptions } from './events/redis-event-bus.ts';
export { RedisEventConsumer, type RedisEventConsumerOptions } from './events/redis-event-consumer.ts';
export type { EventStreamOptions } from './events/event-streams.ts';
export { RedisSeenEvents } from './events/redis-seen-events.ts';
export { RedisLeaderboardCache } from './leaderboards/redis-leaderboard-cache.ts';
export { redisLeaderboards } from './leaderboards/redis-leaderboards-module.ts';
export type { RedisLeaderboardOptions } from './leaderboards/leaderboard-options.ts';
export { ReconciliationInterruptedError } from './leaderboards/reconciliation.ts';
export { RedisConnection, RedisNotOpenError, RedisRefusedError } from './redis-connection.ts';
export { redisConnectionToken, redisConnection } from './redis-module.ts';
export type {
  RedisClient,
  RedisClusterOptions,
  RedisCommands,
  RedisOptions,
  RedisServerOptions,
} from './redis-options.ts';
