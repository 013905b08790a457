import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createJobHost,
  cronerScheduler,
  defineConfig,
  defineJob,
  postgresAdapters,
  sessionId,
  silentLogger,
  userId,
  type JobHost,
} from 'gamekeeper';

describe('a host made of the package gamekeeper alone', () => {
  let host: JobHost;
  const greeting = defineJob({
    name: 'greeting',
    schedule: { cron: '0 9 * * *' },
    missedTicks: 'latest',
    batch: async () => ({ processed: 1, next: null }),
  });

  beforeAll(async () => {
    const config = defineConfig(() => ({
      modules: [postgresAdapters({ memory: true }), cronerScheduler()],
      jobs: [greeting],
      logger: silentLogger,
    }));
    host = createJobHost(config());
    await host.start();
  });
  afterAll(() => host.stop());

  it('keeps a board of what was played', async () => {
    const player = userId('42');
    const quiz = await host.gameplay.startQuiz({
      userId: player,
      sessionId: sessionId('quiz-1'),
      username: 'Ada',
    });
    if (!quiz.ok) throw new Error('no life is left');
    await host.gameplay.completeQuiz({ sessionId: quiz.session.id, xp: 120 });
    const { standings } = await host.leaderboards.top('weekly', { limit: 10 });
    expect(standings).toMatchObject([{ userId: player, username: 'Ada', score: 120 }]);
  });

  it('runs a job of its user', async () => {
    expect(await host.runNow('greeting')).toMatchObject({ kind: 'ran' });
  });
});
