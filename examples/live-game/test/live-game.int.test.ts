import { PostgresDatabase } from '@gamekeeper/adapters-postgres';
import {
  defineJob,
  sessionId,
  silentLogger,
  userId,
  type Alert,
  type AlertChannel,
  type AlertDigest,
} from '@gamekeeper/core';
import { engineTokens } from '@gamekeeper/core/ports';
import { AggregationTemporality, InMemoryMetricExporter } from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { describeWithPostgres, describeWithRedis } from '../../../test/server-suites.ts';
import { startLiveGame, type LiveGame } from '../src/live-game.ts';

const ada = userId('ada');
const SOON = { timeout: 20_000, interval: 50 };

describeWithPostgres('the example of a live game', (databaseUrl) => {
  describeWithRedis('with Redis', (redisUrl) => {
    const schema = `gamekeeper_live_game_test_${process.pid}`;
    const alerts: (Alert | AlertDigest)[] = [];
    const log: string[] = [];
    const spans = new InMemorySpanExporter();
    const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    let game: LiveGame;

    beforeAll(async () => {
      const pager: AlertChannel = { name: 'pager', send: async (alert) => void alerts.push(alert) };
      game = await startLiveGame({
        databaseUrl,
        redisUrl,
        schema,
        alerts: [pager],
        exporters: { spans, metrics },
        port: 0,
        logger: {
          ...silentLogger,
          info: (message, fields) => log.push(`${message} ${JSON.stringify(fields)}`),
        },
        jobs: [
          defineJob({
            name: 'newsletter',
            schedule: { cron: '* * * * * *' },
            missedTicks: 'latest',
            failing: { consecutiveFailures: 1 },
            retry: { maxAttempts: 1 },
            batch: async () => {
              throw new Error('the mail server is away');
            },
          }),
          // Says that Ada's lives are full, so that the test need not wait for half an hour.
          (resolve) =>
            defineJob({
              name: 'refill',
              schedule: { cron: '* * * * * *' },
              missedTicks: 'latest',
              batch: async ({ tx, asOf }) => {
                const event = {
                  type: 'LivesRefilled',
                  key: `refill:${asOf}`,
                  occurredAt: asOf,
                  payload: { userId: ada },
                };
                await resolve(engineTokens.outbox).append(tx, [event]);
                return { processed: 1, next: null };
              },
            }),
        ],
      });
    });
    afterAll(async () => {
      await game.stop();
      const database = new PostgresDatabase({ url: databaseUrl, schema });
      await database.open();
      await database.dropSchema();
      await database.close();
      const redis = new Redis(redisUrl);
      for await (const keys of redis.scanStream({ match: `${schema}:*`, count: 1_000 })) {
        if ((keys as string[]).length > 0) await redis.del(...(keys as string[]));
      }
      redis.disconnect();
    });

    it('shows a quiz on the board, which Redis holds', async () => {
      const quiz = await game.host.gameplay.startQuiz({
        userId: ada,
        sessionId: sessionId('quiz-1'),
        username: 'Ada',
      });
      expect(quiz.ok).toBe(true);
      await game.host.gameplay.completeQuiz({ sessionId: sessionId('quiz-1'), xp: 120 });
      const { standings } = await game.host.leaderboards.top('weekly', { limit: 10 });
      expect(standings).toMatchObject([{ userId: ada, username: 'Ada', score: 120, rank: 1 }]);
      const redis = new Redis(redisUrl);
      expect((await redis.keys(`${schema}:*`)).length).toBeGreaterThan(0);
      redis.disconnect();
    });

    it('sends an alert for a failing job to the pager, and an event to the other service', async () => {
      await vi.waitFor(() => expect(alerts.map(({ text }) => text).join('\n')).toContain('newsletter'), SOON);
      expect(alerts.map(({ text }) => text).join('\n')).toContain('the mail server is away');
      await vi.waitFor(() => expect(log.join('\n')).toContain('sent a push message {"player":"ada"'), SOON);
      await Promise.all([game.host.pause('newsletter'), game.host.pause('refill')]);
    });

    it('shows its health over HTTP, and its runs to OpenTelemetry', async () => {
      const answer = await fetch(`${game.health.url}/metrics`);
      expect(answer.status).toBe(200);
      expect(await answer.text()).toContain('gamekeeper_health_known 1');
      await game.host.runNow('life-regeneration');
      await vi.waitFor(
        () => expect(spans.getFinishedSpans().map(({ name }) => name)).toContain('run life-regeneration'),
        SOON,
      );
    });
  });
});
