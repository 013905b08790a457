import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Score } from '@gamekeeper/core/ports';
import { load, measured, rest } from '../lib/machine.ts';
import { saveResult } from '../lib/results.ts';
import { median, spread } from '../lib/statistics.ts';
import { count, goal, print, table } from '../lib/table.ts';
import { at, type RedisScene } from './scene.ts';

const GOALS = { pipe: 1.2, scriptMs: 2, bytes: 200 };
/** What may keep others waiting: scripts of a rebuild, the same in the pipe, plain commands. */
type Blocked = 'rebuild' | 'pipe' | 'plain';

interface Slow {
  /** The longest; 0: below 1 ms. */
  readonly ms: number;
  readonly above: number;
}

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
    const blocked = { rebuild: [], pipe: [], plain: [] } as Record<Blocked, Slow[]>;
    for (let pair = 0; pair < pairs; pair += 1) {
      seconds['postgres']!.push((await measured(() => rankInPostgres(scene))).seconds);
      seconds['oneByOne']!.push(await oneByOne(scene, players));
      await scene.client.unlink('plain:z', 'plain:h');
      await calm(scene);
      seconds['plain']!.push((await measured(() => pipe(scene.port, plain))).seconds);
      blocked.plain.push(await slowest(scene));
      await calm(scene);
      const rebuild = await measured(() => scene.reconcile(true));
      blocked.rebuild.push(await slowest(scene));
      seconds['rebuild']!.push(rebuild.seconds);
      megabytes.push(rebuild.peakMegabytes);
      await calm(scene);
      seconds['check']!.push((await measured(() => scene.reconcile(false))).seconds);
      await calm(scene);
      seconds['pipe']!.push((await measured(() => pipe(scene.port, same))).seconds);
      blocked.pipe.push(await slowest(scene));
    }
    report({ players, seconds, megabytes, blocked, bytes: await bytesPerPlayer(scene, players) });
    await save(players, seconds);
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

/** Waits until Redis has freed what was unlinked, which would be measured with what comes next. */
async function calm({ client }: RedisScene): Promise<void> {
  while (!/lazyfree_pending_objects:0\r/.test(await client.info('memory'))) await rest(0.1);
  await client.slowlog('RESET');
}

async function rankInPostgres({ store }: RedisScene): Promise<void> {
  await store.query('drop table if exists {ranked}');
  await store.query(`
    create table {ranked} as
    select user_id, score, last_xp_at, row_number() over (order by (-score), tie_key, user_id) as rank
    from {rankings} where board = '${at.board.key}' and period = '${at.period.key}'
  `);
}

/** The slow commands since the log was emptied: the longest, and how many took longer than the goal. */
async function slowest({ client }: RedisScene): Promise<Slow> {
  const entries = (await client.slowlog('GET', 100_000)) as readonly (readonly [
    id: number,
    at: number,
    microseconds: number,
    command: readonly string[],
  ])[];
  const scripts = entries.filter(([, , , [name]]) => name === 'evalsha');
  // The commands within scripts are in the log, too.
  const sent = scripts.length > 0 ? scripts : entries.filter(([, , , [name]]) => /^ZADD$|^HSET$/.test(name!));
  const ms = sent.map(([, , microseconds]) => microseconds / 1_000);
  return { ms: Math.max(0, ...ms), above: ms.filter((one) => one > GOALS.scriptMs).length };
}

/** Bytes per player in the keys of the board, and how many of them are the text of ids (stored twice) and names. */
async function bytesPerPlayer(
  { client, store }: RedisScene,
  players: number,
): Promise<{ readonly all: number; readonly text: number }> {
  let all = 0;
  for (const key of await client.keys('gamekeeper:leaderboard:*'))
    all += Number(await client.memory('USAGE', key, 'SAMPLES', 0));
  const [row] = await store.query<{ bytes: string }>(
    'select sum(2 * octet_length(user_id) + octet_length(username))::text as bytes from {rankings}',
  );
  return { all: all / players, text: Number(row!.bytes) / players };
}

async function save(players: number, seconds: Readonly<Record<string, readonly number[]>>): Promise<void> {
  const perMillion = (way: string): number => (median(seconds[way]!) / players) * 1_000_000;
  await saveResult({
    name: 'redis: rebuild',
    title: 'A board into Redis',
    unit: 'seconds per million players',
    values: {
      'from PostgreSQL': perMillion('rebuild'),
      'the same commands from a file': perMillion('pipe'),
      'plain ZADD and HSET from a file': perMillion('plain'),
    },
  });
}

function report({
  players,
  seconds,
  megabytes,
  blocked,
  bytes,
}: {
  readonly players: number;
  readonly seconds: Readonly<Record<string, readonly number[]>>;
  readonly megabytes: readonly number[];
  readonly blocked: Readonly<Record<Blocked, readonly Slow[]>>;
  readonly bytes: { readonly all: number; readonly text: number };
}): void {
  const times = (way: string, reference: string): number[] =>
    seconds[way]!.map((value, pair) => value / seconds[reference]![pair]!);
  const row = (name: string, way: string): string[] => [
    name,
    spread(seconds[way]!, 2),
    spread(times(way, 'pipe'), 2),
    spread(times(way, 'plain'), 2),
  ];
  print(`A board of ${count(players)} players from PostgreSQL into Redis; ${load()}\n`);
  print(
    table([
      ['way', 'seconds', '× pipe', '× plain pipe'],
      row('rebuilt aside, PostgreSQL read meanwhile', 'rebuild'),
      row('checked, with nothing to repair', 'check'),
      row('redis-cli --pipe, the same commands from a file', 'pipe'),
      row('redis-cli --pipe, plain ZADD and HSET from a file', 'plain'),
      row('one ZADD at a time (scaled)', 'oneByOne'),
      row('ranked into a table of PostgreSQL', 'postgres'),
    ]),
  );
  print(
    `Node grew by ${spread(megabytes, 0)} MB meanwhile. The longest script kept Redis for ms (0: below 1 ms)`,
  );
  const longest = (of: Blocked): readonly number[] => blocked[of].map(({ ms }) => ms);
  const slow = (of: Blocked): string => {
    const above = median(blocked[of].map((one) => one.above));
    return `${spread(longest(of), 1)}, with ${above} above ${GOALS.scriptMs} ms,`;
  };
  print(`  ${slow('rebuild')} in the rebuild, with Node and PostgreSQL on the same processors`);
  print(`  ${slow('pipe')} in the pipe, with redis-cli only`);
  print(`  ${slow('plain')} of a single ZADD or HSET in the plain pipe`);
  const [all, text, own] = [bytes.all, bytes.text, bytes.all - bytes.text].map((value) => value.toFixed(0));
  print(
    `Each player takes ${all} bytes: ${text} for the text of id (twice) and name, ${own} for all else.\n`,
  );
  goal(`at most ${GOALS.pipe} × the pipe`, median(times('rebuild', 'pipe')), GOALS.pipe);
  goal(`no script above ${GOALS.scriptMs} ms with redis-cli only`, median(longest('pipe')), GOALS.scriptMs);
  goal(`at most ${GOALS.bytes} bytes per player beside ids and names`, bytes.all - bytes.text, GOALS.bytes);
  print('');
}
