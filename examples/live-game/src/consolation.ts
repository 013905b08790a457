import { RedisConnection, RedisEventConsumer, RedisSeenEvents } from '@gamekeeper/adapters-redis';
import { byType, deduplicate, type Logger } from '@gamekeeper/core';

/**
 * A consumer of the game's events, as another service would run it: it needs Redis and nothing of the host. Every event
 * is handled by one consumer of the group, and those that were handled before are dropped by their key.
 *
 * Returns a function that lets the handlers at work end and closes the connection.
 */
export async function startConsolation(
  redisUrl: string,
  logger: Logger,
  keyPrefix: string,
): Promise<() => Promise<void>> {
  const connection = new RedisConnection({ url: redisUrl, keyPrefix });
  await connection.open();
  const handler = byType({
    StreakBroken: ({ payload }) =>
      logger.info('sent a consolation', { player: payload.userId, lostStreak: payload.lostStreak }),
    LivesRefilled: ({ payload }) =>
      logger.info('sent a push message', { player: payload.userId, text: 'You can play again' }),
  });
  const consumer = new RedisEventConsumer(connection, {
    group: 'consolation',
    handler: deduplicate(handler, new RedisSeenEvents(connection, { consumer: 'consolation' })),
    logger,
  });
  consumer.start();
  return async () => {
    await consumer.stop();
    await connection.close();
  };
}
