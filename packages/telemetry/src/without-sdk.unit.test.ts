import { iso } from '@gamekeeper/core';
import { describe, expect, it } from 'vitest';
import { sweep, tick } from '../test/sweep.ts';
import { healthGauges } from './health-gauges.ts';
import { telemetry } from './telemetry.ts';

describe('where no SDK is registered', () => {
  it('runs go on as ever', async () => {
    const seen: string[] = [];
    await sweep(telemetry(), async ({ asOf }) => {
      seen.push(iso(asOf));
      return { processed: 1, next: null };
    });
    expect(seen).toEqual([iso(tick)]);
  });

  it('a batch that throws is tried again as ever', async () => {
    let tries = 0;
    await sweep(telemetry(), async () => {
      tries += 1;
      if (tries === 1) throw new Error('once');
      return { processed: 1, next: null };
    });
    expect(tries).toBe(2);
  });

  it('nobody asks for the health', () => {
    const gauges = healthGauges({
      health: () => {
        throw new Error('asked');
      },
    });
    expect(() => gauges.stop()).not.toThrow();
  });
});
