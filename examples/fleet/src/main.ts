import type { JobHost } from '@gamekeeper/composition';
import { HOUR_MS, silentLogger } from '@gamekeeper/core';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { readArguments, usage, type Demonstration } from './arguments.ts';
import { createFleetHost, type FleetOptions } from './fleet-host.ts';
import { Fleet } from './fleet.ts';
import { PushServer } from './push-server.ts';

/** Ends a demonstration that makes no progress. */
const GIVE_UP_MS = 10 * 60_000;
/** Time for the processes to start before the tick. */
const BEFORE_TICK_MS = 20_000;

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const demonstration = readArguments(argv);
  if (typeof demonstration === 'string') {
    console.log(demonstration);
    return demonstration === usage ? 0 : 2;
  }
  const { carrier, workers, players, rate } = demonstration;
  const server = new PushServer({ perSecond: rate });
  const tellAt = new Date(Date.now() + BEFORE_TICK_MS + players / 5);
  const options: FleetOptions = {
    carrier,
    databaseUrl: process.env['DATABASE_URL'] ?? 'postgres://root@127.0.0.1:5432/postgres',
    redisUrl: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379',
    schema: `fleet_${process.pid}`,
    pushUrl: await server.open(),
    tellAt: tellAt.toISOString(),
  };
  const store = new Pool({ connectionString: options.databaseUrl, max: 1 });
  const { host, stop } = createFleetHost(options, 'both', silentLogger);
  const fleet = new Fleet(options);
  try {
    await host.open();
    await store.query(`create schema "${options.schema}_fleet"`);
    await store.query(
      `create table "${options.schema}_fleet".reminders (tick timestamptz primary key, told int)`,
    );
    await host.players.import(playersInDanger(players));
    await fleet.add('send');
    for (let index = 0; index < workers; index += 1) await fleet.add('work');
    console.log(
      `${players} players in danger, ${workers} workers, carried by ${carrier}; told at ${options.tellAt}`,
    );
    await killInTheMiddle(fleet, server, demonstration);
    await runEnded(host);
    const { rows } = await store.query<{ told: number }>(
      `select told from "${options.schema}_fleet".reminders`,
    );
    return report(
      demonstration,
      server,
      rows.map(({ told }) => told),
      tellAt,
    );
  } finally {
    await fleet.stop();
    await stop();
    await removeNames(store, options);
    await store.end();
    await server.close();
  }
}

function* playersInDanger(count: number) {
  for (let index = 0; index < count; index += 1)
    yield {
      userId: `player-${String(index).padStart(7, '0')}`,
      username: `Player ${index}`,
      currentStreak: 1 + (index % 40),
      lastQuizAt: new Date(Date.now() - 22 * HOUR_MS),
    };
}

/** Kills workers while pushes are being sent, each after an equal share of them, and starts others. */
async function killInTheMiddle(
  fleet: Fleet,
  server: PushServer,
  { kill, players }: Demonstration,
): Promise<void> {
  for (let index = 1; index <= kill; index += 1) {
    await until(() => server.counts.told >= (players * index) / (kill + 1));
    const pid = await fleet.killOne();
    console.log(`killed worker ${pid} after ${server.counts.told} pushes`);
    await fleet.add('work');
  }
}

async function runEnded(host: JobHost): Promise<void> {
  await until(async () => {
    const [run] = await host.runs('streak-reminder', { limit: 1 });
    return run?.status === 'succeeded' || run?.status === 'failed';
  });
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const endAt = performance.now() + GIVE_UP_MS;
  while (!(await condition())) {
    if (performance.now() > endAt) throw new Error(`nothing happened for ${GIVE_UP_MS / 60_000} minutes`);
    await pause(100);
  }
}

/** Prints what happened. Returns the exit code. */
function report(
  { players, rate }: Demonstration,
  server: PushServer,
  reported: readonly number[],
  tellAt: Date,
): number {
  const { told, repeated, refused, durationMs, firstAt } = server.counts;
  const share = (told / (durationMs / 1_000) / rate) * 100;
  console.log(
    [
      `told:      ${told} of ${players} players, each once`,
      `repeated:  ${repeated} pushes, of batches that a killed worker had not committed: told before, so not told again`,
      `rate:      ${share.toFixed(1)} % of the limit of ${rate} a second, in ${(durationMs / 1_000).toFixed(1)} s; ${refused} requests had to wait`,
      `lateness:  ${firstAt - tellAt.getTime()} ms from the tick to the first push`,
      `finish:    ran ${reported.length === 1 ? 'once' : `${reported.length} times`}, and counted ${reported.join(', ')}`,
    ].join('\n'),
  );
  return told === players && reported.length === 1 && reported[0] === players ? 0 : 1;
}

async function removeNames(store: Pool, { schema, carrier, redisUrl }: FleetOptions): Promise<void> {
  for (const name of ['', '_fleet', '_pgboss'])
    await store.query(`drop schema if exists "${schema}${name}" cascade`);
  if (carrier !== 'bullmq') return;
  const redis = new Redis(redisUrl);
  for await (const keys of redis.scanStream({ match: `${schema}:*`, count: 1_000 }))
    if ((keys as string[]).length > 0) await redis.unlink(...(keys as string[]));
  redis.disconnect();
}
