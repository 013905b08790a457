import { postgresAdapters, watchPool } from '@gamekeeper/adapters-postgres';
import { Pool } from 'pg';
import { createApp } from './app.ts';

const { DATABASE_URL = 'postgres://postgres@127.0.0.1:5432/postgres', PORT = '3000' } = process.env;

const pool = new Pool({ connectionString: DATABASE_URL, max: 20 });
watchPool(pool);
const app = await createApp({ pool, adapters: postgresAdapters({ pool, schema: 'gamekeeper_fastify' }) });
app.addHook('onClose', () => pool.end());
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void app.close());

console.log(await app.listen({ port: Number(PORT) }));
