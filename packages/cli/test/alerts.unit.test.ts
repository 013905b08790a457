import type { AlertChannel } from '@gamekeeper/core';
import { describe, expect, it } from 'vitest';
import { cli, json } from './cli.ts';
import { Game } from './game.ts';

type Told = Parameters<AlertChannel['send']>[0];

function channel(name: string, send: AlertChannel['send']): AlertChannel {
  return { name, send };
}

describe('alerts test', () => {
  it('sends an alert and its recovery through every channel, ignoring routes, and reports the results', async () => {
    const game = new Game();
    const sent: Told[] = [];
    game.alerts = [
      {
        channel: channel('pager', async (alert) => void sent.push(alert)),
        minSeverity: 'critical',
        jobs: ['streak-update'],
        quietHours: { from: '00:00', to: '23:59' },
      },
      {
        channel: channel('mail', async () => {
          throw new Error('550 no such mailbox');
        }),
      },
    ];
    const { code, out } = await cli('alerts test', { config: game.config() });
    expect(code).toBe(1);
    // The column is as wide as the longest duration.
    const timeless = out.replaceAll(/ +(?:TOOK|\d+ ms|\d+(?:\.\d+)? s) {2}/g, (cell) =>
      cell.includes('TOOK') ? '  TOOK  ' : '  5 ms  ',
    );
    expect(timeless).toMatchInlineSnapshot(`
      "CHANNEL  RESULT  TOOK  ERROR
      pager    delivered  5 ms  -
      mail     failed  5 ms  550 no such mailbox
      "
    `);
    expect(sent).toMatchObject([
      { kind: 'unhealthy', severity: 'warning', subject: 'check', check: 'gamekeeper-test' },
      { kind: 'recovered', severity: 'warning', text: 'gamekeeper-test is healthy again: the test is over' },
    ]);
    expect(new Set(sent.map(({ key }) => key)).size).toBe(2);
    expect(sent[0]!.text).toMatch(/this is a test, sent manually from .*; nothing is wrong$/);
  });

  it('accepts the names of channels and a severity', async () => {
    const game = new Game();
    const sent: string[] = [];
    game.alerts = ['one', 'two'].map((name) => ({
      channel: channel(name, async ({ severity }) => void sent.push(`${name} ${severity}`)),
    }));
    expect(await json('alerts test --channel two --severity critical', { config: game.config() })).toEqual({
      channels: [{ channel: 'two', delivered: true, durationMs: expect.any(Number) as number, error: null }],
    });
    expect(sent).toEqual(['two critical', 'two critical']);
    const unknown = await cli('alerts test --channel three', { config: game.config() });
    expect(unknown).toMatchObject({
      code: 2,
      err: 'error: There is no channel three; known channels are one, two.\n',
    });
  });

  it('says that alerts go only to the log if there is no channel', async () => {
    const { code, out } = await cli('alerts test', { config: new Game().config() });
    expect([code, out]).toEqual([
      0,
      'no alert channel is configured (health.alerts); alerts go only to the log\n',
    ]);
  });

  it('rejects channels that a host would reject', async () => {
    const game = new Game();
    game.alerts = [{ channel: {} as AlertChannel }];
    expect(await cli('alerts test', { config: game.config() })).toMatchObject({ code: 4 });
  });
});
