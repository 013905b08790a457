import { createJobHost, type JobHostOptions } from '@gamekeeper/composition';
import { InProcessEventBus, byType, eventBus, sessionId, userId } from '@gamekeeper/core';
import type { HostModule } from '@gamekeeper/core/ports';
import { gamekeeper } from '@gamekeeper/fastify';
import { problemOfRefusal, problemResponse } from '@gamekeeper/http';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import fastify, { type FastifyInstance } from 'fastify';
import type { Pool } from 'pg';
import { Payouts } from './payouts.ts';

export interface AppOptions {
  /** For the tables of the shop. */
  readonly pool: Pool;
  /** Where the tables of the game are. */
  readonly adapters: HostModule;
  /** Further options of the host, such as the clock of a test. */
  readonly options?: Partial<JobHostOptions>;
}

/** A backend with quizzes, boards and wallets; the best three of each week are paid when the week is over. */
export async function createApp({ pool, adapters, options }: AppOptions): Promise<FastifyInstance> {
  const bus = new InProcessEventBus();
  const host = createJobHost({ modules: [adapters, eventBus(bus), cronerScheduler()], ...options });
  const payouts = new Payouts(pool, () => host.leaderboards);
  bus.subscribe(byType({ LeaderboardReset: (event) => payouts.pay(event) }));

  const app = fastify({ pluginTimeout: 120_000 });
  app.addHook('onReady', () => payouts.prepare());
  await app.register(gamekeeper, { host, health: { prefix: '/internal' } });

  app.post<{ Body: { player: string; name: string } }>(
    '/quizzes',
    { schema: quizSchema },
    async (request) => {
      const { player, name } = request.body;
      const started = await host.gameplay.startQuiz({ userId: userId(player), username: name });
      return started.ok ? { id: started.session.id } : problemResponse(problemOfRefusal(started));
    },
  );
  app.post<{ Params: { id: string }; Body: { xp: number } }>(
    '/quizzes/:id/completion',
    { schema: completionSchema },
    async ({ params, body }) => {
      const completed = await host.gameplay.completeQuiz({ sessionId: sessionId(params.id), xp: body.xp });
      return completed.ok ? completed.streak : problemResponse(problemOfRefusal(completed));
    },
  );
  app.get<{ Params: { board: string } }>('/boards/:board', ({ params }) =>
    host.leaderboards.top(params.board, { limit: 10 }),
  );
  app.get<{ Params: { player: string } }>('/wallets/:player', async ({ params }) => ({
    coins: await payouts.coinsOf(params.player),
  }));
  return app;
}

const text = { type: 'string' };
const quizSchema = {
  body: { type: 'object', required: ['player', 'name'], properties: { player: text, name: text } },
};
const completionSchema = {
  body: { type: 'object', required: ['xp'], properties: { xp: { type: 'integer' } } },
};
