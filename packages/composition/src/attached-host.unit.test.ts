import { MINUTE_MS, defineJob, instant, iso, addMs, silentLogger } from '@gamekeeper/core';
import { type HostModule, type OpenContext } from '@gamekeeper/core/ports';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock, memoryAdapters, memoryStore } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { createJobHost } from './create-job-host.ts';
import type { JobHostOptions } from './host-options.ts';
import type { JobHost } from './job-host.ts';

const noon = instant('2026-11-24T12:00:00Z');

/** One store, hosts that keep its jobs running, and tools that look at it. */
class Game {
  readonly clock = new VirtualClock(noon);
  readonly store = memoryStore(this.clock);

  host(options: Partial<JobHostOptions> = {}): JobHost {
    return createJobHost({
      modules: [memoryAdapters(this.store), cronerScheduler(), ...(options.modules ?? [])],
      clock: this.clock,
      logger: silentLogger,
      ...(options.rules && { rules: options.rules }),
      ...(options.jobOverrides && { jobOverrides: options.jobOverrides }),
      ...(options.jobs && { jobs: options.jobs }),
    });
  }

  /** All that the store has on record of jobs and rules. */
  async record(): Promise<object> {
    const { jobRegistry, ruleHistory, skewedInstances } = this.store;
    return {
      ticks: await jobRegistry.ticks(),
      rules: await ruleHistory.changes(),
      skewed: await skewedInstances.list(),
    };
  }
}

/** What a tool with another version of the code would bring. */
const otherwise: Partial<JobHostOptions> = {
  rules: { lives: { maxLives: 9, regenMinutes: 5 } },
  jobOverrides: { 'life-regeneration': { schedule: { cron: '*/5 * * * *' } } },
};

const own = defineJob({
  name: 'own-job',
  schedule: { cron: '0 * * * *' },
  batch: async () => ({ processed: 7, next: null }),
});

describe('a host that is opened without registering', () => {
  it('records nothing, and goes by the schedules and rules on record', async () => {
    const game = new Game();
    await game.host().open();
    const before = await game.record();
    const tool = game.host({ ...otherwise, jobs: [own] });
    await tool.open({ register: 'none' });
    expect(tool.state).toBe('attached');
    expect(await game.record()).toEqual(before);
    expect(tool.jobs.find(({ job }) => job.name === 'life-regeneration')!.schedule.cron).toBe('*/30 * * * *');
    expect((await tool.health()).jobs.map(({ job }) => job)).not.toContain('own-job');
    await tool.stop();
    expect(await game.record()).toEqual(before);
  });

  it('runs, retries, pauses and resumes by what is on record, and leaves the record alone', async () => {
    const game = new Game();
    await game.host().open();
    game.clock.jumpTo(addMs(noon, 40 * MINUTE_MS));
    const before = await game.record();
    const tool = game.host(otherwise);
    await tool.open({ register: 'none' });
    // By its own schedule the newest tick would be 12:40.
    const outcome = await tool.runNow('life-regeneration');
    expect(outcome).toMatchObject({ kind: 'ran', report: { tick: new Date('2026-11-24T12:30:00Z') } });
    await tool.pause('life-regeneration');
    game.clock.jumpTo(addMs(noon, 70 * MINUTE_MS));
    expect(await tool.runNow('life-regeneration')).toMatchObject({ kind: 'paused' });
    await tool.resume('life-regeneration');
    expect(await game.record()).toEqual(before);
  });

  it.each(['runNow', 'pause', 'resume'] as const)('does not %s a job that is on no record', async (verb) => {
    const game = new Game();
    await game.host().open();
    const tool = game.host({ jobs: [own] });
    await tool.open({ register: 'none' });
    await expect(tool[verb]('own-job')).rejects.toMatchObject({ code: 'JOB_NOT_REGISTERED' });
    await expect(tool[verb]('unheard-of')).rejects.toMatchObject({ code: 'UNKNOWN_JOB' });
    expect(await tool.failedItems('own-job')).toEqual([]);
  });

  it('opens on an empty store, where no job has a health', async () => {
    const tool = new Game().host();
    await tool.open({ register: 'none' });
    expect(await tool.health()).toMatchObject({ healthy: false, jobs: [] });
  });

  it.each(['none', 'new'] as const)('neither starts nor watches (%s)', async (register) => {
    const tool = new Game().host();
    await tool.open({ register });
    await expect(tool.start()).rejects.toMatchObject({ code: 'HOST_STATE' });
    await expect(tool.watch()).rejects.toMatchObject({ code: 'HOST_STATE' });
    expect(await tool.stop()).toBe(true);
  });

  it('corrects its clock, and reports it to nobody', async () => {
    const game = new Game();
    await game.host().open();
    const tool = createJobHost({
      modules: [memoryAdapters(game.store), cronerScheduler()],
      clock: new VirtualClock(addMs(noon, 60 * MINUTE_MS)),
      logger: silentLogger,
      engine: { maxClockSkewMs: 5_000, refuseSkewedClock: true },
    });
    await tool.open({ register: 'none' });
    expect(tool.clockSkewMs).toBe(60 * MINUTE_MS);
    expect(await game.store.skewedInstances.list()).toEqual([]);
  });
});

describe('a host that registers only what is new', () => {
  it('adds jobs and rules that are on no record, and changes none that is', async () => {
    const game = new Game();
    await game.host().open();
    const { rules, skewed } = (await game.record()) as { rules: unknown; skewed: unknown };
    const ticks = await game.store.jobRegistry.ticks();
    const tool = game.host({ ...otherwise, jobs: [own] });
    await tool.open({ register: 'new' });
    const isOwn = ({ job: name }: { readonly job: string }): boolean => name === 'own-job';
    const after = await game.store.jobRegistry.ticks();
    expect(after.filter(isOwn)).toMatchObject([{ schedules: [{ cron: '0 * * * *', since: noon }] }]);
    expect({ ...(await game.record()), ticks: after.filter((one) => !isOwn(one)) }).toEqual({
      ticks,
      rules,
      skewed,
    });
    expect(await tool.runNow('own-job')).toMatchObject({ kind: 'ran', report: { processed: 7 } });
  });

  it('registers all on an empty store', async () => {
    const [game, other] = [new Game(), new Game()];
    await game.host().open();
    await other.host().open({ register: 'new' });
    expect(await other.record()).toEqual(await game.record());
  });
});

describe('opening a host', () => {
  it('lets modules migrate as they will for a backend, and for a tool only when asked', async () => {
    const openings: OpenContext[] = [];
    const module: HostModule = {
      name: 'seen',
      bindings: [],
      open: async (opening) => void openings.push(opening),
    };
    const game = new Game();
    for (const options of [undefined, { register: 'none' }, { register: 'none', migrate: true }] as const)
      await game.host({ modules: [module] }).open(options);
    await game.host({ modules: [module] }).open({ migrate: false });
    expect(openings.map(({ migrate }) => migrate)).toEqual([undefined, false, true, false]);
  });

  it.each([
    [{ register: false }, 'register'],
    [{ migrate: 'yes' }, 'migrate'],
    [{ registers: 'none' }, 'registers'],
  ])('refuses %j', async (options, option) => {
    const host = new Game().host();
    await expect(host.open(options as never)).rejects.toMatchObject({ code: 'INVALID_OPTION', option });
    expect(host.state).toBe('new');
  });
});

describe('runs', () => {
  it('are listed by span and status', async () => {
    const game = new Game();
    const host = game.host();
    await host.open();
    game.clock.jumpTo(addMs(noon, 100 * MINUTE_MS));
    await host.runNow('life-regeneration');
    const ticks = async (page: Parameters<JobHost['runs']>[1]) =>
      (await host.runs('life-regeneration', page)).map(({ tick }) => iso(tick).slice(11, 16));
    expect(await ticks({})).toEqual(['13:30', '13:00', '12:30', '12:00']);
    expect(await ticks({ from: '2026-11-24T12:30:00Z', before: '2026-11-24T13:30:00Z' })).toEqual([
      '13:00',
      '12:30',
    ]);
    expect(await ticks({ status: ['failed', 'running'] })).toEqual([]);
    expect(await ticks({ status: ['succeeded'], limit: 1 })).toEqual(['13:30']);
    await expect(host.runs('life-regeneration', { status: ['done' as never] })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      option: 'status',
    });
  });
});
