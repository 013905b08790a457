import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { folderWith, postgresFolders } from '../../../test/servers/installed.ts';
import { carriers } from './chaos/carrier.ts';
import { readChaosOptions } from './chaos/chaos-options.ts';
import { hasPgBouncer } from '../../../test/servers/pgbouncer.ts';

const program = fileURLToPath(new URL('./chaos/main.ts', import.meta.url));

/** It crashes its server, so it starts one itself: a server that is only reachable does not do. */
const isInstalled = folderWith(['initdb', 'postgres'], postgresFolders()) !== null;
const isOff = process.env['GAMEKEEPER_TEST_SERVERS'] === 'none';
/** Nobody reads there what was skipped. */
const mustRun = /^(?:true|1)$/.test(process.env['CI'] ?? '');

async function chaos(...args: readonly string[]): Promise<{ code: unknown; output: string }> {
  const child = spawn(process.execPath, ['--conditions=@gamekeeper/source', program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (text: Buffer): void => void (output += text.toString());
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const [code] = (await once(child, 'close')) as [unknown];
  return { code, output };
}

describe('npm run chaos', () => {
  it('lists the valid options after an invalid one', async () => {
    const { code, output } = await chaos('--minutes', 'none');
    expect(output).toContain('--minutes: give a number above 0, not "none".');
    expect(code).toBe(2);
  });

  it.each([
    ['--pooler', 'most', '--pooler: choose all, some or none, not "most".'],
    ['--skew-minutes', '-1', '--skew-minutes: give a number from 0 to 100000, not "-1".'],
    ['--lock-seconds', '60', '--lock-seconds: give a number from 0 to 20, not "60".'],
    ['--carrier', 'pigeon', '--carrier: choose none, pgboss, bullmq, not "pigeon".'],
  ])('refuses %s %s', (option, value, message) => {
    expect(() => readChaosOptions([`${option}=${value}`])).toThrow(message);
  });
});

// BullMQ needs a Redis of its own, which is emptied.
const carried = carriers.filter(
  (carrier) => carrier !== 'bullmq' || mustRun || folderWith(['redis-server']) !== null,
);
const suite = (mustRun || isInstalled) && !isOff ? describe : describe.skip;

suite('law 2: hosts that are killed, stopped, cut off and left without their server', () => {
  it.each(carried)(
    'end as they would have undisturbed, carried by %s',
    { timeout: 240_000 },
    async (carrier) => {
      const { code, output } = await chaos('--minutes', '0.3', '--carrier', carrier);
      // The whole output, with the seed, is what a failure shows.
      for (const what of [
        'hosts killed',
        'stopped past',
        'connections dropped',
        'server crashes',
        'clocks set wrong',
        'times rows locked by a stranger',
        ...(mustRun || hasPgBouncer() ? ['restarts of the pooler'] : []),
        ...(carrier === 'none' ? [] : ['times the queue was emptied']),
      ]) {
        expect.soft(output).toMatch(new RegExp(`\\b[1-9]\\d* ${what}`));
      }
      expect(output).toMatch(/SAME as undisturbed/);
      expect(code).toBe(0);
    },
  );
});
