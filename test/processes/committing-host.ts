import { postgresAdapters, postgresTransaction } from '@gamekeeper/adapters-postgres';
import { redisConnection, redisLeaderboards } from '@gamekeeper/adapters-redis';
import { createJobHost } from '@gamekeeper/composition';
import { sessionId, silentLogger } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { Pool } from 'pg';

/**
 * A host that completes a quiz in a transaction of its own, and is killed after the commit, before it can update the
 * cache: `committing-host.ts <database url> <schema> <redis url> <prefix> <session>`.
 */
const [url = '', schema = '', redisUrl = '', keyPrefix = '', session = ''] = process.argv.slice(2);
const host = createJobHost({
  modules: [
    postgresAdapters({ url, schema, poolSize: 2 }),
    redisConnection({ url: redisUrl, keyPrefix }),
    redisLeaderboards(),
    cronerScheduler(),
  ],
  logger: silentLogger,
});
await host.open();
const client = await new Pool({ connectionString: url, max: 1 }).connect();
await client.query('begin');
const tx = postgresTransaction(client);
const completed = await host.gameplay.completeQuiz({ sessionId: sessionId(session), xp: 100 }, { tx });
if (!completed.ok) throw new Error(completed.reason);
await client.query('commit');
process.kill(process.pid, 'SIGKILL');
