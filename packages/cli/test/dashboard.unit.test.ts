import { MINUTE_MS, addMs } from '@gamekeeper/core';
import { runCli, type ExitCode } from '@gamekeeper/cli';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { cli } from './cli.ts';
import { Game, start } from './game.ts';

/** Types a command that serves until it is stopped, and returns its exit code. */
async function whileServed(line: string, visit: (url: string) => Promise<void>): Promise<ExitCode> {
  const game = new Game();
  await (await game.backend()).stop();
  game.clock.jumpTo(addMs(start, 35 * MINUTE_MS));
  const stop = new AbortController();
  const shown = Promise.withResolvers<string>();
  const ended = runCli({
    argv: [...line.split(' '), '--port', '0', '--json'],
    stdout: { write: (text) => shown.resolve(text) },
    stderr: new PassThrough(),
    env: { NO_COLOR: '1' },
    cwd: import.meta.dirname,
    signal: stop.signal,
    config: game.config(),
  });
  const { url } = JSON.parse(await shown.promise) as { readonly url: string };
  try {
    await visit(url);
  } finally {
    stop.abort();
  }
  return ended;
}

const pause = { action: 'pause', job: 'greeting', reason: 'a test', key: 'a-key-of-this-test' };
const post = (url: string): Promise<Response> =>
  fetch(`${url}/act`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: new URL(url).origin },
    body: new URLSearchParams(pause),
  });

describe('dashboard', () => {
  it('shows the jobs of the configuration to this machine, runs none, and lets nobody act', async () => {
    await whileServed('dashboard', async (url) => {
      const text = await (await fetch(url)).text();
      expect(text).toMatch(/ha(?:s|ve) ticks that should have run:[^]*greeting/);
      expect(text).toContain('greeting');
      expect((await post(url)).status).toBe(403);
    });
  });

  it('lets this machine act with --actions, in the name of its user', async () => {
    await whileServed('dashboard --actions', async (url) => {
      const response = await post(url);
      expect(response.status).toBe(303);
      const action = await (await fetch(new URL(response.headers.get('location')!, url))).text();
      expect(action).toMatch(/\(command line\)[^]*a test[^]*paused on all instances/);
    });
  });

  it('stops when it is interrupted', async () => {
    expect(await whileServed('dashboard', async () => undefined)).toBe(130);
  });

  it('refuses a port that is none', async () => {
    expect(await cli('dashboard --port many', { config: new Game().config() })).toMatchObject({ code: 2 });
  });
});
