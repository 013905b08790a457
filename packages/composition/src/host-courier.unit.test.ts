import { silentLogger, type InvalidOptionError } from '@gamekeeper/core';
import { optionalTokens, provide, type Courier } from '@gamekeeper/core/ports';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { MemoryPost, VirtualClock, memoryAdapters, memoryStore } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { createJobHost, type JobHost, type JobHostOptions } from './index.ts';

const clock = () => new VirtualClock('2026-11-24T00:10:00Z');

function refusal(engine: unknown): InvalidOptionError {
  const modules = [memoryAdapters(), cronerScheduler()];
  try {
    createJobHost({ modules, clock: clock(), engine: engine as NonNullable<JobHostOptions['engine']> });
  } catch (error) {
    return error as InvalidOptionError;
  }
  throw new Error('it was accepted');
}

describe('the options of a courier', () => {
  it.each<[string, unknown, string]>([
    ['a role that does not exist', { role: 'sender' }, 'engine.role'],
    ['no role', { role: null }, 'engine.role'],
    ['a role without a queue', { role: 'send' }, 'engine.role'],
    ['work without a queue', { role: 'work' }, 'engine.role'],
    ['a bell that never rests', { bellMs: 10 }, 'engine.bellMs'],
    ['a bell that hardly rings', { bellMs: 86_400_000 }, 'engine.bellMs'],
    ['a bell by its name', { bellMs: '15s' }, 'engine.bellMs'],
  ])('reject %s', (_name, engine, option) => {
    expect(refusal(engine)).toMatchObject({ code: 'INVALID_OPTION', option });
  });
});

describe('hosts with a courier', () => {
  it('are watched also while nobody works and the queue is away', async () => {
    const time = clock();
    const store = memoryStore(time);
    const away: Courier = {
      supports: { shared: true, delays: true, persistent: true, redelivers: true, joinsTransaction: false },
      send: () => Promise.reject(new Error('no connection')),
      consume: () => Promise.reject(new Error('no connection')),
      waiting: () => Promise.reject(new Error('no connection')),
    };
    const module = { name: 'away', bindings: [provide(optionalTokens.courier, [], () => away)] };
    const modules = [memoryAdapters(store), cronerScheduler(), module];
    const logged: string[] = [];
    const logger = { ...silentLogger, error: (line: string) => void logged.push(line) };
    const sender = createJobHost({ modules, engine: { role: 'send' }, clock: time, logger });
    const watch = createJobHost({ modules, clock: time, logger: silentLogger });
    await sender.start();
    await watch.watch();
    await time.advanceTo('2026-11-24T00:40:00Z');
    const { healthy, checks } = await watch.health();
    expect(healthy).toBe(false);
    const found = checks.find(({ check }) => check === 'courier');
    expect(found).toMatchObject({ verdict: 'unhealthy', severity: 'critical', facts: { waiting: null } });
    expect(found!.text).toMatch(/runs and 0 shards are due and nobody works on them/);
    expect(logged.filter((line) => line.startsWith('work could not be sent'))).toHaveLength(1);
    expect(await watch.stop()).toBe(true);
    expect(await sender.stop()).toBe(true);
  });

  it('run every tick of the game once, on those that work', async () => {
    const time = clock();
    const store = memoryStore(time);
    const post = new MemoryPost(time);
    const ends: [string, string][] = [];
    const host = (instanceId: string, role: 'send' | 'work'): JobHost =>
      createJobHost({
        modules: [
          memoryAdapters(store),
          cronerScheduler(),
          { name: 'post', bindings: [provide(optionalTokens.courier, [], () => post.open())] },
        ],
        engine: { role },
        instanceId,
        clock: time,
        logger: silentLogger,
        observers: [{ runEnded: ({ job, tick }) => void ends.push([instanceId, `${job} ${tick}`]) }],
      });
    const hosts = [host('sends', 'send'), host('one', 'work'), host('two', 'work')];
    for (const each of hosts) await each.start();
    await time.advanceTo('2026-11-24T06:05:00Z');
    const runs = await hosts[0]!.runs('life-regeneration', { limit: 100 });
    expect(runs).toHaveLength(12);
    expect(runs.every(({ status }) => status === 'succeeded')).toBe(true);
    expect(new Set(ends.map(([by]) => by))).toEqual(new Set(['one', 'two']));
    expect(new Set(ends.map(([, tick]) => tick)).size).toBe(ends.length);
    const courier = (await hosts[0]!.health()).checks.find(({ check }) => check === 'courier');
    expect(courier).toMatchObject({ verdict: 'healthy', facts: { waiting: 0, dueRuns: 0, dueShards: 0 } });
    for (const each of hosts) expect(await each.stop()).toBe(true);
  });
});
