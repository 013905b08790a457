import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Program } from './program.ts';

/** A call from the docs, and the response that they show. */
interface Shown {
  readonly path: string;
  readonly language: string;
  readonly answer: string;
}

const page = await readFile(fileURLToPath(new URL('../../../docs/operate.md', import.meta.url)), 'utf8');
const shown: readonly Shown[] = [
  ...page.matchAll(
    /^```sh\ncurl http:\/\/127\.0\.0\.1:9464(?<path>\/\w+)\n```\n\n```(?<language>\w+)\n(?<answer>.*?)^```$/gms,
  ),
].map(({ groups }) => groups as unknown as Shown);
const examplesOf = (language: string): readonly Shown[] => shown.filter((one) => one.language === language);

describe('the live host on the embedded database', { timeout: 120_000 }, () => {
  let folder: string;
  let live: Program;
  let url: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gamekeeper-health-'));
    const start = {
      path: '../src/main.ts',
      env: { GAMEKEEPER_FOLDER: join(folder, 'data'), DATABASE_URL: '' },
    };
    const first = new Program(start, 'run', 'life-regeneration', '--register');
    await first.hasSaid('succeeded');
    await first.ends();
    live = new Program(start, '--http', '0');
    await live.hasSaid('Health is at ');
    await live.hasSaid('retention next at ');
    url = /http:\/\/127\.0\.0\.1:\d+/.exec(live.output)![0];
  }, 120_000);

  afterAll(async () => {
    live.kill();
    await rm(folder, { recursive: true, force: true });
  });

  const get = async (path: string): Promise<string> => {
    const answer = await fetch(`${url}${path}`);
    expect(answer.status).toBe(200);
    return answer.text();
  };

  it('is asked by the docs for each of its paths', () => {
    expect(shown.map(({ path }) => path)).toEqual(['/healthz', '/livez', '/jobs', '/metrics']);
  });

  it('shows the dashboard to this machine, and lets nobody act', async () => {
    await live.hasSaid('The dashboard is at ');
    expect(await get('/dashboard')).toContain('life-regeneration');
    expect(await get('/dashboard/ticks')).toContain('aria-label="Ticks by job and time"');
    const body = new URLSearchParams({
      action: 'pause',
      job: 'retention',
      reason: 'x',
      key: 'a-key-of-this-test',
    });
    const post = await fetch(`${url}/dashboard/act`, { method: 'POST', headers: { origin: url }, body });
    expect(post.status).toBe(403);
  });

  it.each(examplesOf('json'))('answers $path in the shape of the docs', async ({ path, answer }) => {
    expect(misfits(JSON.parse(answer), JSON.parse(await get(path)))).toEqual([]);
  });

  it.each(examplesOf('text'))('answers $path with every line of the docs', async ({ path, answer }) => {
    const lines = new Set((await get(path)).split('\n').map(withoutValue));
    expect(lines.size).toBeGreaterThan(100);
    expect(
      answer
        .split('\n')
        .map(withoutValue)
        .filter((line) => !lines.has(line)),
    ).toEqual([]);
  });

  it('writes its log as JSON without a terminal', () => {
    const lines = live.output.trim().split('\n');
    expect(lines.length).toBeGreaterThan(8);
    for (const line of lines) {
      const { level, time, msg } = JSON.parse(line) as Record<string, unknown>;
      expect([typeof level, typeof time, typeof msg]).toEqual(['string', 'string', 'string']);
    }
  });

  it('says in a sentence that its port is taken', async () => {
    const { port } = new URL(url);
    const start = {
      path: '../src/main.ts',
      env: { GAMEKEEPER_FOLDER: join(folder, 'other'), DATABASE_URL: '' },
    };
    const second = new Program(start, '--http', port);
    expect(await second.ends()).toBe(2);
    expect(second.complaints).toBe(
      `error: Health cannot be served at 127.0.0.1:${port} (the port is in use); choose another port (0 for any free one) or another hostname.\n`,
    );
  });

  it('closes its server and exits on SIGTERM', async () => {
    expect(await live.terminate()).toBe(0);
    await expect(fetch(`${url}/livez`)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });
});

/** A line of metrics without the number at its end. */
function withoutValue(line: string): string {
  return line.startsWith('#') ? line : line.replace(/ [^ ]+$/, '');
}

/**
 * Returns where a response differs from an example: other names, or values of another type. An optional value matches
 * null.
 */
function misfits(example: unknown, actual: unknown, at = ''): readonly string[] {
  // Each check has different facts.
  if (example === null || actual === null || at.endsWith('.facts')) return [];
  if (Array.isArray(example) && Array.isArray(actual)) {
    return example.length === 0
      ? []
      : actual.flatMap((one, index) => misfits(example[0], one, `${at}[${index}]`));
  }
  if (typeof example === 'object' && typeof actual === 'object') {
    const [wanted, found] = [Object.keys(example), Object.keys(actual)];
    const named =
      wanted.join() === found.join() ? [] : [`${at} has ${found.join()} instead of ${wanted.join()}`];
    return [
      ...named,
      ...Object.entries(example).flatMap(([name, value]) =>
        misfits(value, (actual as Record<string, unknown>)[name] ?? null, `${at}.${name}`),
      ),
    ];
  }
  const kind = (value: unknown): string =>
    typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? 'instant' : typeof value;
  return kind(example) === kind(actual) ? [] : [`${at} is ${kind(actual)} instead of ${kind(example)}`];
}
