import { slackAlerts, webhookAlerts } from '@gamekeeper/alerts';
import { consoleLogger } from '@gamekeeper/composition';
import { sessionId, userId } from '@gamekeeper/core';
import { ConsoleMetricExporter } from '@opentelemetry/sdk-metrics';
import { ConsoleSpanExporter } from '@opentelemetry/sdk-trace';
import { randomUUID } from 'node:crypto';
import { startLiveGame } from './live-game.ts';

const {
  DATABASE_URL: databaseUrl = 'postgres://postgres@127.0.0.1:5432/postgres',
  REDIS_URL: redisUrl = 'redis://127.0.0.1:6379',
  PORT = '9464',
  ALERT_WEBHOOK_URL,
  SLACK_WEBHOOK_URL,
} = process.env;

const game = await startLiveGame({
  databaseUrl,
  redisUrl,
  schema: 'gamekeeper_live_game',
  port: Number(PORT),
  alerts: [
    ...(ALERT_WEBHOOK_URL ? [webhookAlerts({ url: ALERT_WEBHOOK_URL })] : []),
    ...(SLACK_WEBHOOK_URL ? [slackAlerts({ url: SLACK_WEBHOOK_URL })] : []),
  ],
  // In place of OTLP exporters, so that the example needs no collector.
  exporters: { spans: new ConsoleSpanExporter(), metrics: new ConsoleMetricExporter() },
  logger: consoleLogger(),
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void game.stop());

// Somebody plays, so that there is something to see.
const player = userId('ada');
const quiz = await game.host.gameplay.startQuiz({
  userId: player,
  sessionId: sessionId(randomUUID()),
  username: 'Ada',
});
if (quiz.ok) await game.host.gameplay.completeQuiz({ sessionId: quiz.session.id, xp: 120 });
console.log(
  'the board of the week, from Redis:',
  (await game.host.leaderboards.top('weekly', { limit: 3 })).standings,
);
console.log(`health and metrics: ${game.health.url}/healthz, ${game.health.url}/metrics`);
