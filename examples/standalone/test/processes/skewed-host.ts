import { postgresAdapters } from '@gamekeeper/adapters-postgres';
import { SystemClock, createJobHost } from '@gamekeeper/composition';
import { userId, type LogFields, type Logger } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { everySecond } from './every-second.ts';

/**
 * A host on a machine whose clock is wrong, until SIGTERM: `skewed-host.ts <url> <schema> <store | machine>` goes by the
 * store's clock, or by the machine's as it is. It says when its player `ada` started a quiz, and what it logs of clocks.
 */
const [url = '', schema = '', goesBy = ''] = process.argv.slice(2);
const write = (text: string, fields?: LogFields): void => {
  if (text.includes('clock')) process.stdout.write(`${text} ${JSON.stringify(fields)}\n`);
};
const logger: Logger = { debug: write, info: write, warn: write, error: write };
const host = createJobHost({
  modules: [postgresAdapters({ url, schema, poolSize: 3 }), cronerScheduler()],
  logger,
  instanceId: 'skewed',
  jobs: [everySecond],
  ...(goesBy === 'machine' && { clock: new SystemClock() }),
});
process.once('SIGTERM', () => void host.stop());
await host.start();
const quiz = await host.gameplay.startQuiz({ userId: userId('ada') });
process.stdout.write(
  `machine ${Date.now()} quiz ${quiz.ok ? quiz.session.startedAt.getTime() : quiz.reason}\n`,
);
