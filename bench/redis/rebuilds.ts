import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Score } from '@gamekeeper/core/ports';
import { load, measured } from '../lib/machine.ts';
import { spread } from '../lib/statistics.ts';
import { count, print, table } from '../lib/table.ts';
import { at, type RedisScene } from './scene.ts';

const GOAL = 1.5;
/** How many players the loop that waits for each answer goes through before it is scaled up to all of them. */
const ONE_BY_ONE_SAMPLE = 5_000;

/** Fills Redis from PostgreSQL, beside other ways to come by a ranked board. */
export async function rebuilds(scene: RedisScene, players: number, pairs: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'gamekeeper-bench-'));
  const [same, plain] = [join(folder, 'same'), join(folder, 'plain')];
  const seconds = { rebuild: [], check: [], pipe: [], plain: [], oneByOne: [], postgres: [] } as Record<
    string,
    number[]
  >;
  const megabytes: number[] = [];
  try {
    await writeRebuild(scene, same);
    await writePlain(scene, plain);
    await scene.client.config('SET', 'slowlog-log-slower-than', '1000', 'slowlog-max-len', '100000');
    const blocked: number[] = [];
    const blockedByPlain: number[] = [];
    for (let pair = 0; pair < pairs; pair += 1) {
      await scene.client.slowlog('RESET');
      const rebuild = await measured(() => scene.reconcile(true));
      blocked.push(await longestMs(scene));
      seconds['rebuild']!.push(rebuild.seconds);
      megabytes.push(rebuild.peakMegabytes);
      seconds['check']!.push((await measured(() => scene.reconcile(false))).seconds);
      seconds['pipe']!.push((await measured(() => pipe(scene.port, same))).seconds);
      await scene.client.unlink('plain:z', 'plain:h');
      await scene.client.slowlog('RESET');
      seconds['plain']!.push((await measured(() => pipe(scene.port, plain))).seconds);
      blockedByPlain.push(await longestMs(scene));
      seconds['oneByOne']!.push(await oneByOne(scene, players));
      seconds['postgres']!.push((await measured(() => rankInPostgres(scene))).seconds);
    }
    report({ players, seconds, megabytes, blocked, blockedByPlain });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** All commands of one rebuild, in Redis' own protocol. */
async function writeRebuild(scene: RedisScene, file: string): Promise<void> {
  const out = createWriteStream(file);
  await scene.recorded((command) => out.write(command));
  out.end();
  await once(out, 'finish');
}

/** The plain commands that a board without ties would be made up of: a member and a hash field for each player. */
async function writePlain(scene: RedisScene, file: string): Promise<void> {
  const out = createWriteStream(file);
  for (let after: Score | undefined; ;) {
    const page = await scene.rankings.scores(at, { limit: 5_000, ...(after && { after }) });
    const text = page.map(
      ({ userId, username, score }) =>
        command('ZADD', 'plain:z', String(score), userId) + command('HSET', 'plain:h', userId, username),
    );
    if (!out.write(text.join(''))) await once(out, 'drain');
    after = page.at(-1);
    if (!after) break;
  }
  out.end();
  await once(out, 'finish');
}

function command(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

async function pipe(port: number, file: string): Promise<void> {
  const child = spawn('redis-cli', ['-p', String(port), '--pipe'], { stdio: ['pipe', 'ignore', 'inherit'] });
  createReadStream(file).pipe(child.stdin);
  const [code] = (await once(child, 'exit')) as [number];
  if (code !== 0) throw new Error(`redis-cli --pipe ended with ${code}`);
}

async function oneByOne({ client, rankings }: RedisScene, players: number): Promise<number> {
  const page = await rankings.scores(at, { limit: Math.min(players, ONE_BY_ONE_SAMPLE) });
  await client.unlink('plain:z');
  const { seconds } = await measured(async () => {
    for (const { userId, score } of page) await client.zadd('plain:z', score, userId);
  });
  return (seconds / page.length) * players;
}

async function rankInPostgres({ store }: RedisScene): Promise<void> {
  await store.query('drop table if exists {ranked}');
  await store.query(`
    create table {ranked} as
    select user_id, score, last_xp_at, row_number() over (order by (-score), tie_key, user_id) as rank
    from {rankings} where board = '${at.board.key}' and period = '${at.period.key}'
  `);
}

async function longestMs({ client }: RedisScene): Promise<number> {
  const entries = (await client.slowlog('GET', 100_000)) as readonly (readonly [number, number, number])[];
  return Math.max(0, ...entries.map(([, , microseconds]) => microseconds)) / 1_000;
}

function report({
  players,
  seconds,
  megabytes,
  blocked,
  blockedByPlain,
}: {
  readonly players: number;
  readonly seconds: Readonly<Record<string, readonly number[]>>;
  readonly megabytes: readonly number[];
  readonly blocked: readonly number[];
  readonly blockedByPlain: readonly number[];
}): void {
  const pipes = seconds['pipe']!;
  const row = (name: string, way: string): string[] => [
    name,
    spread(seconds[way]!, 2),
    spread(
      seconds[way]!.map((value, pair) => value / pipes[pair]!),
      2,
    ),
  ];
  print(
    `A board of ${count(players)} players from PostgreSQL into Redis; goal ${GOAL} × the pipe; ${load()}\n`,
  );
  print(
    table([
      ['way', 'seconds', '× pipe'],
      row('rebuilt aside, PostgreSQL read meanwhile', 'rebuild'),
      row('checked, with nothing to repair', 'check'),
      row('redis-cli --pipe, the same commands from a file', 'pipe'),
      row('redis-cli --pipe, plain ZADD and HSET from a file', 'plain'),
      row('one ZADD at a time (scaled)', 'oneByOne'),
      row('ranked into a table of PostgreSQL', 'postgres'),
    ]),
  );
  print(`Node grew by ${spread(megabytes, 0)} MB meanwhile. The longest script kept Redis for`);
  print(`${spread(blocked, 1)} ms, goal 5 ms; the longest single ZADD or HSET of the plain pipe, for`);
  print(
    `${spread(blockedByPlain, 1)} ms: so long a machine with few processors lets Redis wait (0: below 1 ms).\n`,
  );
}
