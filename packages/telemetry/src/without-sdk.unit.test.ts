import { iso } from '@gamekeeper/core';
import { describe, expect, it } from 'vitest';
import { sweep, tick } from '../test/sweep.ts';
import { healthGauges } from './health-gauges.ts';
import { telemetry } from './telemetry.ts';

describe('without a registered SDK', () => {
  it('runs work as usual', async () => {
    const seen: string[] = [];
    await sweep(telemetry(), async ({ asOf }) => {
      seen.push(iso(asOf));
      return { processed: 1, next: null };
    });
    expect(seen).toEqual([iso(tick)]);
  });

  it('a failed batch is retried as usual', async () => {
    let tries = 0;
    await sweep(telemetry(), async () => {
      tries += 1;
      if (tries === 1) throw new Error('once');
      return { processed: 1, next: null };
    });
    expect(tries).toBe(2);
  });

  it('the health is never read', () => {
    const gauges = healthGauges({
      health: () => {
        throw new Error('asked');
      },
    });
    expect(() => gauges.stop()).not.toThrow();
  });
});
