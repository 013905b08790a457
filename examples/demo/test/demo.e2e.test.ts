import { HOUR_MS } from '@gamekeeper/core';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

interface State {
  readonly now: number;
  readonly speed: number;
  readonly crowd: { readonly completed: number };
  readonly workers: readonly {
    readonly name: string;
    readonly state: string;
    readonly isClockStopped: boolean;
  }[];
  readonly news: readonly { readonly text: string }[];
  readonly board: readonly unknown[];
}

let demo: ChildProcess;
let output = '';
let url = '';

beforeAll(async () => {
  const flags = ['--conditions=@gamekeeper/source', main, '--port', '0', '--players', '20'];
  demo = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] });
  demo.stdout!.on('data', (text: Buffer) => (output += text.toString()));
  while (!/demo is at (\S+)/.test(output))
    await Promise.race([once(demo.stdout!, 'data'), once(demo, 'exit')]);
  [, url = ''] = /demo is at (\S+)/.exec(output)!;
}, 120_000);
afterAll(() => void demo.kill('SIGKILL'));

async function press(button: string, headers: Record<string, string> = {}): Promise<number> {
  return (await fetch(new URL(button, url), { method: 'POST', headers })).status;
}

async function reached(isReached: (state: State) => boolean): Promise<State> {
  for (;;) {
    const state = (await (await fetch(new URL('/state', url))).json()) as State;
    if (isReached(state)) return state;
    await pause(50);
  }
}

it(
  'plays, kills a worker whose run is taken over, shows it in the dashboard, and ends',
  { timeout: 120_000 },
  async () => {
    const begin = await reached(() => true);
    expect(begin.speed).toBe(60);
    expect(await press('/speed?minutesPerSecond=360')).toBe(200);
    await reached(
      ({ now, crowd, board }) => now > begin.now + 3 * HOUR_MS && crowd.completed > 0 && board.length > 0,
    );

    expect(await press('/kill')).toBe(200);
    const { workers } = await reached(({ news }) => news.some(({ text }) => text.includes('took over')));
    expect(workers.map(({ state }) => state).toSorted()).toEqual(['alive', 'killed']);
    const ticks = await (await fetch(new URL('/dashboard/ticks?zoom=7d', url))).text();
    expect(ticks).toMatch(/class="cell [a-z-]+" href="[^"]+" aria-label="[^"]*taken over/);
    expect(await press('/kill')).toBe(409);
    await reached(({ workers: all }) => all.every(({ state }) => state === 'alive'));

    expect(await press('/clock?worker=worker-b')).toBe((await hasWorkerB()) ? 200 : 409);
    expect(await press('/clock?worker=nobody')).toBe(409);
    expect(await press('/speed?minutesPerSecond=7')).toBe(409);
    expect(await press('/kill', { 'sec-fetch-site': 'cross-site' })).toBe(403);

    const pages = [
      '/',
      '/dashboard',
      '/dashboard/ticks',
      '/dashboard/boards',
      '/dashboard/player?user=player-001',
    ];
    for (const path of pages) {
      const response = await fetch(new URL(path, url));
      expect([path, response.status]).toEqual([path, 200]);
      expect(await response.text()).toMatch(/<h1/);
    }
    expect((await fetch(new URL('/nothing', url))).status).toBe(404);

    demo.kill('SIGINT');
    const [code] = (await once(demo, 'exit')) as [number | null];
    expect(code).toBe(0);
  },
);

async function hasWorkerB(): Promise<boolean> {
  const { workers } = await reached(() => true);
  return workers.some(({ name }) => name === 'worker-b');
}
