import { addMs, type Alert, type Clock } from '@gamekeeper/core';
import { SKEW_REPORT_TTL_MS } from '@gamekeeper/core/ports';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock, memoryAdapters, memoryStore } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { KeptLog, noBuiltInJobs, start } from '../test/hosts.ts';
import { createJobHost } from './create-job-host.ts';
import type { JobHostOptions } from './host-options.ts';
import type { JobHost } from './job-host.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Hosts on one store, each with a clock that is off by as much as the test says. */
class Backend {
  readonly clock = new VirtualClock(start);
  readonly store = memoryStore(this.clock);
  readonly told: Alert[] = [];
  readonly skewsMs = new Map<string, number>();
  /** What was written about clocks. */
  readonly writes: string[] = [];

  constructor() {
    const { skewedInstances } = this.store;
    const report = skewedInstances.report.bind(skewedInstances);
    skewedInstances.report = (instance, skewMs) => {
      this.writes.push(`report ${instance}`);
      return report(instance, skewMs);
    };
    const withdraw = skewedInstances.withdraw.bind(skewedInstances);
    skewedInstances.withdraw = (instance) => {
      this.writes.push(`withdraw ${instance}`);
      return withdraw(instance);
    };
  }

  host(instanceId: string, skewMs: number, options: Partial<JobHostOptions> = {}): JobHost {
    this.skewsMs.set(instanceId, skewMs);
    return createJobHost({
      modules: [memoryAdapters(this.store), cronerScheduler()],
      clock: this.#skewed(instanceId),
      logger: new KeptLog(),
      jobOverrides: noBuiltInJobs(),
      instanceId,
      engine: { maxClockSkewMs: 5_000 },
      health: {
        alerts: [{ channel: { name: 'mail', send: async (alert) => void this.told.push(alert as Alert) } }],
      },
      ...options,
    });
  }

  get texts(): readonly string[] {
    return this.told.map(({ text }) => text);
  }

  #skewed(instanceId: string): Clock {
    const skewMs = (): number => this.skewsMs.get(instanceId)!;
    return {
      now: () => addMs(this.clock.now(), skewMs()),
      setTimer: (at, run) => this.clock.setTimer(addMs(at, -skewMs()), run),
    };
  }
}

describe('outcome 2: hosts whose clocks are off', () => {
  it('are named in health and in one alert, with by how much, until they are right or gone', async () => {
    const backend = new Backend();
    const hosts = [
      backend.host('one', 0),
      backend.host('two', 40_000),
      backend.host('three', -3 * DAY_MS),
    ] as const;
    for (const host of hosts) await host.open();
    for (const host of hosts) await host.start();
    await backend.clock.advanceBy(MINUTE_MS + 15_000);
    const text = "clocks differ from the store's: that of three is 3 d behind, that of two is 40 s ahead";
    expect(backend.told).toMatchObject([
      { check: 'clock', severity: 'critical', text: `clock is unhealthy: ${text}` },
    ]);
    for (const host of hosts) {
      const { healthy, checks } = await host.health();
      expect([healthy, checks[0]]).toMatchObject([
        false,
        {
          check: 'clock',
          text,
          facts: {
            count: 2,
            skewed: [
              { instance: 'three', skewMs: -3 * DAY_MS },
              { instance: 'two', skewMs: 40_000 },
            ],
          },
        },
      ]);
    }
    // Half the way back: lest one that is at the limit be told of again and again.
    backend.skewsMs.set('two', 3_000);
    await backend.clock.advanceBy(2 * MINUTE_MS);
    expect((await hosts[0].health()).checks[0]?.facts).toMatchObject({ count: 2 });
    backend.skewsMs.set('two', 2_000);
    await backend.clock.advanceBy(2 * MINUTE_MS);
    expect((await hosts[0].health()).checks[0]?.facts).toMatchObject({ count: 1 });
    await hosts[2].stop();
    await backend.clock.advanceBy(SKEW_REPORT_TTL_MS + 2 * MINUTE_MS);
    expect(backend.texts.slice(1)).toEqual(['clock is healthy again']);
    expect((await hosts[0].health()).healthy).toBe(true);
    await Promise.all(hosts.map((host) => host.stop()));
  });

  it('write nothing while they are right', async () => {
    const backend = new Backend();
    const hosts = [backend.host('one', 0), backend.host('two', -5_000)];
    for (const host of hosts) await host.start();
    await backend.clock.advanceBy(10 * MINUTE_MS);
    expect([backend.writes, backend.told]).toEqual([[], []]);
    await Promise.all(hosts.map((host) => host.stop()));
  });

  it('are named also when they run no jobs, or refuse to open', async () => {
    const backend = new Backend();
    const refusing = { engine: { maxClockSkewMs: 5_000, refuseSkewedClock: true } };
    const [right, open, refused] = [
      backend.host('right', 0),
      backend.host('open', 60_000),
      backend.host('refused', -60_000, refusing),
    ];
    await open.open();
    await expect(refused.open()).rejects.toMatchObject({ code: 'CLOCK_SKEW' });
    await right.watch();
    await backend.clock.advanceBy(MINUTE_MS + 15_000);
    expect(backend.texts).toEqual([
      "clock is unhealthy: clocks differ from the store's: that of open is 60 s ahead, that of refused is 60 s behind",
    ]);
    await Promise.all([right.stop(), open.stop()]);
  });
});
