import {
  StoreUnavailableError,
  awardId,
  defineJob,
  eventBus,
  instant,
  iso,
  addMs,
  silentLogger,
  userId,
  type Instant,
  type JobDefinition,
  type JobHealth,
  type WithDates,
} from '@gamekeeper/core';
import {
  provide,
  token,
  engineTokens,
  type HostModule,
  type JobRegistry,
  type RunLedger,
  type StoreTime,
} from '@gamekeeper/core/ports';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock, memoryAdapters, memoryStore } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { KeptLog, memoryHost, noBuiltInJobs, start, tracedModule } from '../test/hosts.ts';
import { createJobHost } from './create-job-host.ts';
import type { JobHost } from './job-host.ts';

const ada = userId('ada');

/** A job of the host's own, every hour, that writes down the ticks it ran for. */
function hourly(ticks: Instant[], work: () => Promise<void> = async () => undefined): JobDefinition {
  return defineJob({
    name: 'hourly',
    schedule: { cron: '0 * * * *' },
    retry: { maxAttempts: 1 },
    batch: async ({ asOf }) => {
      ticks.push(asOf);
      await work();
      return { processed: 1, next: null };
    },
  });
}

describe('the states of a host', () => {
  it('are new, running and stopped for one that runs its jobs', async () => {
    const { host } = memoryHost();
    expect(host.state).toBe('new');
    const starting = host.start();
    expect(host.state).toBe('opening');
    await starting;
    expect(host.state).toBe('running');
    const stopping = host.stop();
    expect(host.state).toBe('stopping');
    expect(await stopping).toBe(true);
    expect(host.state).toBe('stopped');
  });

  it('include open, for one that leaves the ticks to others', async () => {
    const ticks: Instant[] = [];
    const { host, clock } = memoryHost({ jobs: [hourly(ticks)] });
    await host.open();
    expect(host.state).toBe('open');
    await clock.advanceTo('2026-11-24T13:00:00Z');
    expect(ticks).toEqual([]);
    await host.start();
    await host.idle();
    expect(host.state).toBe('running');
    expect(ticks.map(iso)).toEqual(['2026-11-24T12:00:00.000Z', '2026-11-24T13:00:00.000Z']);
    await host.stop();
  });

  it('forbid to use it before it is open', async () => {
    const { host } = memoryHost();
    for (const use of [() => host.runNow('life-regeneration'), () => host.health(), () => host.runs('x')]) {
      await expect(use()).rejects.toThrow(
        /^The host is new and cannot .*; await host\.start\(\) or host\.open\(\) first\.$/,
      );
      await expect(use()).rejects.toMatchObject({ code: 'HOST_STATE' });
    }
  });

  it('forbid to use it, or to open it again, after it was stopped', async () => {
    const { host } = memoryHost();
    await host.start();
    await host.stop();
    const uses = [
      () => host.open(),
      () => host.start(),
      () => host.runNow('life-regeneration'),
      () => host.health(),
      () => host.runs('life-regeneration'),
    ];
    for (const use of uses) {
      await expect(use()).rejects.toThrow(/^The host is stopped and cannot .*; create another host\.$/);
    }
  });

  it('forbid to open or to start it twice', async () => {
    const { host } = memoryHost();
    const opening = host.open();
    await expect(host.open()).rejects.toMatchObject({ code: 'HOST_STATE' });
    await opening;
    await expect(host.open()).rejects.toMatchObject({ code: 'HOST_STATE' });
    await host.start();
    await expect(host.start()).rejects.toMatchObject({ code: 'HOST_STATE' });
    expect(host.state).toBe('running');
    await host.stop();
  });

  it('let it be stopped twice, and before it was ever opened', async () => {
    const trace: string[] = [];
    const { host } = memoryHost({ modules: [tracedModule('a', trace)] });
    await host.open();
    expect(await Promise.all([host.stop(), host.stop()])).toEqual([true, true]);
    expect(await host.stop()).toBe(true);
    expect(trace).toEqual(['open a', 'close a']);

    const unused = memoryHost({ modules: [tracedModule('b', trace)] }).host;
    expect(await unused.stop()).toBe(true);
    expect(unused.state).toBe('stopped');
    expect(trace).toEqual(['open a', 'close a']);
  });

  it('end with the block of an `await using`, also when that throws', async () => {
    const trace: string[] = [];
    const { host } = memoryHost({ modules: [tracedModule('a', trace)] });
    const work = async (): Promise<void> => {
      await using used = host;
      await used.open();
      trace.push(used.state);
      throw new Error('the work failed');
    };
    await expect(work()).rejects.toThrow('the work failed');
    expect(host.state).toBe('stopped');
    expect(trace).toEqual(['open a', 'open', 'close a']);
  });
});

describe('the modules of a host', () => {
  it('are opened in their order and closed in the opposite one', async () => {
    const trace: string[] = [];
    const { host } = memoryHost({ modules: ['a', 'b', 'c'].map((name) => tracedModule(name, trace)) });
    expect(trace).toEqual([]);
    await host.start();
    await host.stop();
    expect(trace).toEqual(['open a', 'open b', 'open c', 'close c', 'close b', 'close a']);
  });

  it('that were opened are closed when a later one cannot be, and its error is the host’s', async () => {
    const trace: string[] = [];
    const failure = new StoreUnavailableError('PostgreSQL', new Error('connect ECONNREFUSED'));
    const { host } = memoryHost({
      modules: [
        tracedModule('a', trace),
        tracedModule('b', trace, { close: new Error('b does not close') }),
        tracedModule('c', trace, { open: failure }),
        tracedModule('d', trace),
      ],
    });
    await expect(host.start()).rejects.toBe(failure);
    expect(trace).toEqual(['open a', 'open b', 'open c', 'close b', 'close a']);
    expect(host.state).toBe('stopped');
    expect(await host.stop()).toBe(true);
    expect(trace).toHaveLength(5);
  });

  it('that were opened are closed when the registry cannot be reached', async () => {
    const trace: string[] = [];
    const failure = new StoreUnavailableError('memory', 'no answer');
    const modules = [memoryAdapters(), cronerScheduler(), tracedModule('a', trace)];
    const host = createJobHost({ modules, clock: new VirtualClock(start), logger: new KeptLog() });
    host.container.get<JobRegistry>(engineTokens.jobRegistry.symbol).register = () => Promise.reject(failure);
    await expect(host.open()).rejects.toBe(failure);
    expect(trace).toEqual(['open a', 'close a']);
  });

  it('are all closed although one of them fails, and the log says which', async () => {
    const trace: string[] = [];
    const logger = new KeptLog();
    const { host } = memoryHost({
      logger,
      modules: [
        tracedModule('a', trace),
        tracedModule('b', trace, { close: new Error('b does not close') }),
        tracedModule('c', trace),
      ],
    });
    await host.start();
    expect(await host.stop()).toBe(true);
    expect(trace.slice(3)).toEqual(['close c', 'close b', 'close a']);
    expect(logger.lines.filter(({ severity }) => severity === 'error')).toEqual([
      {
        severity: 'error',
        message: 'a module could not be closed',
        fields: { module: 'b', error: 'b does not close' },
      },
    ]);
  });

  it('are opened no further, and closed, when the host is stopped while it opens', async () => {
    const trace: string[] = [];
    const reached = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const slow: HostModule = {
      ...tracedModule('slow', trace),
      open: async () => {
        trace.push('open slow');
        reached.resolve();
        await gate.promise;
      },
    };
    const { host } = memoryHost({
      modules: [tracedModule('a', trace), slow, tracedModule('never', trace)],
    });
    const starting = host.start().catch((error: unknown) => error);
    await reached.promise;
    const stopping = host.stop();
    gate.resolve();
    expect(await stopping).toBe(true);
    expect(await starting).toMatchObject({ code: 'HOST_STATE' });
    expect(trace).toEqual(['open a', 'open slow', 'close slow', 'close a']);
    expect(host.state).toBe('stopped');
  });

  it('are told of a stop while they open, with a signal, and are given the host’s logger', async () => {
    const trace: string[] = [];
    const logger = new KeptLog();
    const waiting: HostModule = {
      name: 'waiting',
      bindings: [],
      open: async ({ logger: given, signal }) => {
        given.info('waiting for somebody');
        const aborted = Promise.withResolvers<never>();
        signal.addEventListener('abort', () => aborted.reject(signal.reason as Error));
        await aborted.promise;
      },
    };
    const { host } = memoryHost({ logger, modules: [tracedModule('a', trace), waiting] });
    const starting = host.start().catch((error: unknown) => error);
    await expect.poll(() => logger.lines.map(({ message }) => message)).toContain('waiting for somebody');
    expect(await host.stop()).toBe(true);
    expect(await starting).toMatchObject({ code: 'HOST_STATE' });
    expect(trace).toEqual(['open a', 'close a']);
  });
});

describe('the deadline of a stop', () => {
  const never = (): Promise<void> => new Promise(() => undefined);

  it('holds while a module is being opened: the stop says false, and the start ends with an error', async () => {
    const trace: string[] = [];
    const logger = new KeptLog();
    const [reached, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const hung: HostModule = {
      name: 'hung',
      bindings: [],
      open: () => {
        reached.resolve();
        return gate.promise;
      },
    };
    const { host, clock } = memoryHost({
      logger,
      engine: { shutdownTimeoutMs: 3_000 },
      modules: [tracedModule('a', trace), hung],
    });
    const starting = host.start().catch((error: unknown) => error);
    await reached.promise;
    const stopping = host.stop();
    await clock.advanceBy(2_999);
    expect(host.state).toBe('stopping');
    await clock.advanceBy(1);
    expect(await stopping).toBe(false);
    expect(await starting).toMatchObject({ code: 'HOST_STATE' });
    expect(host.state).toBe('stopped');
    expect(logger.lines.at(-1)).toMatchObject({
      severity: 'warn',
      message: 'stopped while the host was still opening',
      fields: { shutdownTimeoutMs: 3_000, module: 'hung' },
    });

    // What comes back after all is closed.
    gate.resolve();
    await expect.poll(() => trace).toEqual(['open a', 'close a']);
    expect(host.state).toBe('stopped');
  });

  it('holds while the jobs are being registered', async () => {
    const reached = Promise.withResolvers<void>();
    const { host, clock } = memoryHost({ engine: { shutdownTimeoutMs: 3_000 } });
    host.container.get<JobRegistry>(engineTokens.jobRegistry.symbol).register = () => {
      reached.resolve();
      return never();
    };
    const opening = host.open().catch((error: unknown) => error);
    await reached.promise;
    const stopping = host.stop();
    await clock.advanceBy(3_000);
    expect(await stopping).toBe(false);
    expect(await opening).toMatchObject({ code: 'HOST_STATE' });
  });

  it.each(['open', 'start', 'watch'] as const)(
    'holds while a module is being closed, also of a host after %s',
    async (how) => {
      const logger = new KeptLog();
      const { host, clock } = memoryHost({
        logger,
        engine: { shutdownTimeoutMs: 3_000 },
        modules: [{ name: 'clinging', bindings: [], close: never }],
      });
      await host[how]();
      const stopping = host.stop();
      await clock.advanceBy(2_999);
      expect(host.state).toBe('stopping');
      await clock.advanceBy(1);
      expect(await stopping).toBe(false);
      expect(host.state).toBe('stopped');
      expect(logger.lines.at(-1)).toMatchObject({
        severity: 'warn',
        message: 'stopped while a module was still closing',
        fields: { shutdownTimeoutMs: 3_000, module: 'clinging' },
      });
    },
  );

  it('holds for a start that fails, too: its error does not wait for a module that does not close', async () => {
    const failure = new StoreUnavailableError('PostgreSQL', new Error('connect ECONNREFUSED'));
    const { host, clock } = memoryHost({
      engine: { shutdownTimeoutMs: 3_000 },
      modules: [
        { name: 'clinging', bindings: [], close: never },
        tracedModule('failing', [], { open: failure }),
      ],
    });
    const starting = host.start().catch((error: unknown) => error);
    await expect.poll(() => host.state).toBe('stopping');
    await clock.advanceBy(3_000);
    expect(await starting).toBe(failure);
    expect(host.state).toBe('stopped');
  });

  it('is one for all: a batch and a module that both take their time do not add up', async () => {
    const gate = Promise.withResolvers<void>();
    const { host, clock } = memoryHost({
      engine: { shutdownTimeoutMs: 3_000 },
      jobs: [hourly([], () => gate.promise)],
      modules: [{ name: 'clinging', bindings: [], close: never }],
    });
    await host.start();
    await clock.advanceTo('2026-11-24T12:00:00Z');
    const stopping = host.stop();
    await clock.advanceBy(2_000);
    gate.resolve();
    await clock.advanceBy(1_000);
    expect(await stopping).toBe(false);
  });
});

describe('a running host', () => {
  it('runs its jobs at their ticks until it is stopped', async () => {
    const ticks: Instant[] = [];
    const { host, clock } = memoryHost({ jobs: [hourly(ticks)] });
    await host.start();
    await clock.advanceTo('2026-11-24T14:30:00Z');
    await host.stop();
    await clock.advanceTo('2026-11-24T18:00:00Z');
    expect(ticks.map(iso)).toEqual(['12', '13', '14'].map((hour) => `2026-11-24T${hour}:00:00.000Z`));
    expect(clock.timers).toBe(0);
  });

  it('waits for the batch at work when it stops', async () => {
    const gate = Promise.withResolvers<void>();
    const ticks: Instant[] = [];
    const { host, clock } = memoryHost({ jobs: [hourly(ticks, () => gate.promise)] });
    await host.start();
    await clock.advanceTo('2026-11-24T12:00:00Z');
    expect(ticks).toHaveLength(1);
    const stopping = host.stop();
    gate.resolve();
    expect(await stopping).toBe(true);
  });

  it('stops without a batch that does not end within the deadline, and says so', async () => {
    const trace: string[] = [];
    const logger = new KeptLog();
    const { host, clock } = memoryHost({
      logger,
      engine: { shutdownTimeoutMs: 3_000 },
      modules: [tracedModule('a', trace)],
      jobs: [hourly([], () => new Promise(() => undefined))],
    });
    await host.start();
    await clock.advanceTo('2026-11-24T12:00:00Z');
    const stopping = host.stop();
    await clock.advanceBy(2_999);
    expect(host.state).toBe('stopping');
    await clock.advanceBy(1);
    expect(await stopping).toBe(false);
    expect(host.state).toBe('stopped');
    expect(trace).toEqual(['open a', 'close a']);
    expect(logger.lines.at(-1)).toMatchObject({ severity: 'warn', fields: { shutdownTimeoutMs: 3_000 } });
  });
});

describe('the jobs of a host', () => {
  it('may be made from what the host binds', async () => {
    const greeting = token<string>('Greeting');
    const said: string[] = [];
    const { host, clock } = memoryHost({
      modules: [{ name: 'greetings', bindings: [provide(greeting, [], () => 'good morning')] }],
      jobs: [
        (resolve) =>
          defineJob({
            name: 'greet',
            schedule: { cron: '0 7 * * *', timeZone: 'Europe/Berlin' },
            batch: async ({ asOf }) => {
              said.push(`${resolve(greeting)}, it is ${iso(asOf)}`);
              return { processed: 1, next: null };
            },
          }),
      ],
    });
    await host.start();
    await clock.advanceTo('2026-11-25T12:00:00Z');
    await host.stop();
    expect(said).toEqual(['good morning, it is 2026-11-25T06:00:00.000Z']);
  });

  it('follow the settings of the host', async () => {
    const ticks: Instant[] = [];
    const { host, clock } = memoryHost({
      jobs: [hourly(ticks)],
      jobOverrides: { ...noBuiltInJobs(), hourly: { schedule: { cron: '15 */2 * * *' } } },
    });
    await host.start();
    await clock.advanceTo('2026-11-24T15:00:00Z');
    expect(ticks.map(iso)).toEqual(['2026-11-24T12:15:00.000Z', '2026-11-24T14:15:00.000Z']);
    expect(host.jobs.map(({ job }) => job.name)).toEqual(['hourly']);
    expect(await host.runs('life-regeneration')).toEqual([]);
    expect((await host.health()).jobs.map(({ job }) => job)).toEqual(['hourly']);
    await expect(host.runNow('life-regeneration')).rejects.toMatchObject({ code: 'UNKNOWN_JOB' });
    await host.stop();
  });

  it('run now for the newest tick, or for one that is named, with those owed before it first', async () => {
    const ticks: Instant[] = [];
    const { host, clock } = memoryHost({ jobs: [hourly(ticks)] });
    await host.open();
    await clock.advanceTo('2026-11-24T14:20:00Z');
    expect(await host.runNow('hourly', { tick: '2026-11-24T13:00:00Z' })).toMatchObject({
      kind: 'ran',
      report: { end: 'succeeded', tick: new Date('2026-11-24T13:00:00Z') },
    });
    expect(ticks.map(iso)).toEqual(['2026-11-24T12:00:00.000Z', '2026-11-24T13:00:00.000Z']);
    await host.runNow('hourly');
    expect(ticks.map(iso).at(-1)).toBe('2026-11-24T14:00:00.000Z');
    expect(await host.runNow('hourly')).toEqual({ kind: 'done', status: 'succeeded' });
    expect(ticks).toHaveLength(3);
  });

  it('do not run now for what is no tick of theirs', async () => {
    const { host } = memoryHost({ jobs: [hourly([])] });
    await host.open();
    const at = (tick: string) => host.runNow('hourly', { tick });
    await expect(at('2026-11-24T11:00:01Z')).rejects.toMatchObject({ code: 'NOT_A_TICK' });
    await expect(at('2026-11-24T12:00:00Z')).rejects.toMatchObject({ code: 'FUTURE_TICK' });
    await expect(at('2026-11-24T11:00:00')).rejects.toMatchObject({ code: 'INVALID_INSTANT' });
    await expect(host.runNow('monthly')).rejects.toThrow(
      /^There is no job "monthly"; this host has .*hourly\.$/,
    );
  });

  it('leave their runs in the ledger, to be read in pages, newest first', async () => {
    const { host, clock } = memoryHost({ jobs: [hourly([])] });
    await host.start();
    await clock.advanceTo('2026-11-24T16:00:00Z');
    const page = await host.runs('hourly', { limit: 2 });
    expect(page.map(({ tick, status }) => [iso(tick), status])).toEqual([
      ['2026-11-24T16:00:00.000Z', 'succeeded'],
      ['2026-11-24T15:00:00.000Z', 'succeeded'],
    ]);
    const rest = await host.runs('hourly', { before: page.at(-1)!.tick });
    expect(await host.runs('hourly', { before: '2026-11-24T15:00:00Z' })).toEqual(rest);
    expect(rest.map(({ tick }) => iso(tick))).toEqual(
      ['14', '13', '12'].map((hour) => `2026-11-24T${hour}:00:00.000Z`),
    );
    await host.stop();
  });
});

describe('the health of a host', () => {
  const healthOf = async (host: JobHost, job: string): Promise<WithDates<JobHealth> | undefined> =>
    (await host.health()).jobs.find((health) => health.job === job);
  const verdict = async (host: JobHost, job: string) => (await healthOf(host, job))?.verdict;

  it('goes from healthy to never ran when nobody runs a job', async () => {
    const { host, clock } = memoryHost();
    await host.open();
    expect(await verdict(host, 'life-regeneration')).toBe('healthy');
    await clock.advanceBy(35 * 60_000);
    expect(await verdict(host, 'life-regeneration')).toBe('healthy');
    await clock.advanceBy(1);
    expect(await verdict(host, 'life-regeneration')).toBe('never-ran');
  });

  it('goes from healthy to late when nobody runs a job any more, and back when somebody does', async () => {
    const { host, clock } = memoryHost();
    await host.open();
    await clock.advanceTo('2026-11-24T12:00:00Z');
    await host.runNow('life-regeneration');
    await clock.advanceTo('2026-11-24T12:35:00Z');
    expect(await verdict(host, 'life-regeneration')).toBe('healthy');
    await clock.advanceBy(1);
    expect(await healthOf(host, 'life-regeneration')).toMatchObject({
      verdict: 'late',
      lastSuccessTick: new Date('2026-11-24T12:00:00Z'),
      lagMs: 35 * 60_000 + 1,
      nextTick: new Date('2026-11-24T13:00:00Z'),
      runningTick: null,
    });
    await host.runNow('life-regeneration');
    expect(await verdict(host, 'life-regeneration')).toBe('healthy');
  });

  it('is failing while the newest run failed, within the window or beyond it', async () => {
    let broken = true;
    const work = async (): Promise<void> => {
      if (broken) throw new Error('the mail server is gone');
    };
    const { host, clock } = memoryHost({ jobs: [hourly([], work)] });
    await host.start();
    await clock.advanceTo('2026-11-24T12:00:00Z');
    expect(await verdict(host, 'hourly')).toBe('failing');
    expect(await host.runs('hourly')).toMatchObject([{ status: 'failed', error: 'the mail server is gone' }]);
    await clock.advanceTo('2026-11-24T15:59:00Z');
    expect(await verdict(host, 'hourly')).toBe('failing');
    broken = false;
    await clock.advanceTo('2026-11-24T16:00:00Z');
    expect(await verdict(host, 'hourly')).toBe('healthy');
    await host.stop();
  });

  it('goes by the clock of the store, whatever the clock of the host says', async () => {
    const { host, clock } = memoryHost({
      modules: [
        {
          name: 'a store that is ahead',
          bindings: [],
          open: async () => {
            const storeTime = host.container.get<StoreTime>(engineTokens.storeTime.symbol);
            storeTime.now = async () => addMs(clock.now(), 36 * 60_000);
          },
        },
      ],
    });
    await host.open();
    expect((await host.health()).judgedAt).toEqual(new Date(addMs(clock.now(), 36 * 60_000)));
    expect(await verdict(host, 'life-regeneration')).toBe('never-ran');
  });

  it('speaks of events that wait where a bus is bound, of periods and of the cache', async () => {
    const { host, clock } = memoryHost();
    const { host: withBus } = memoryHost({ modules: [eventBus({ publish: async () => undefined })] });
    for (const each of [host, withBus]) await each.open();
    expect(await withBus.health()).toMatchObject({
      outbox: { pending: 0, oldestAgeMs: null, oldestWaitMs: null },
    });
    await host.gameplay.awardXp({ userId: ada, awardId: awardId('one'), amount: 5 });
    await clock.advanceTo('2026-11-30T00:00:00Z');
    await host.runNow('leaderboard-recalculation');
    expect(await host.health()).toMatchObject({
      healthy: false,
      outbox: null,
      oldestUnsealed: { board: 'weekly', period: '2026-W48', endedAt: new Date(clock.now()), ageMs: 0 },
      drift: { tick: new Date(clock.now()), repaired: 0 },
    });
  });

  it('is stuck when a run does not end', async () => {
    const { host, clock } = memoryHost();
    await host.open();
    const ledger = host.container.get<RunLedger>(engineTokens.ledger.symbol);
    const tick = instant('2026-11-24T12:00:00Z');
    await clock.advanceTo(tick);
    await ledger.claim({ job: 'life-regeneration', tick, instanceId: 'another', leaseMs: 3_600_000 });
    expect(await verdict(host, 'life-regeneration')).toBe('healthy');
    await clock.advanceTo('2026-11-24T12:20:00.001Z');
    expect(await healthOf(host, 'life-regeneration')).toMatchObject({
      verdict: 'stuck',
      runningTick: new Date(tick),
    });
  });
});

describe('the observers of a host', () => {
  it('are told of each run, in their order, after the log', async () => {
    const heard: string[] = [];
    const logger = new KeptLog();
    const { host, clock } = memoryHost({
      logger,
      jobs: [hourly([])],
      jobOverrides: noBuiltInJobs(),
      observers: ['first', 'second'].map((name) => ({
        runStarted: ({ job }) => heard.push(`${name}: ${job} started`),
        batchCommitted: ({ job }, { processed }) => heard.push(`${name}: ${job} committed ${processed}`),
        runEnded: ({ job, end }) => heard.push(`${name}: ${job} ${end} after ${logger.lines.length} lines`),
      })),
    });
    await host.start();
    await clock.advanceTo('2026-11-24T12:00:00Z');
    await host.stop();
    expect(heard).toEqual([
      'first: hourly started',
      'second: hourly started',
      'first: hourly committed 1',
      'second: hourly committed 1',
      'first: hourly succeeded after 2 lines',
      'second: hourly succeeded after 2 lines',
    ]);
  });
});

describe('the lives of a host', () => {
  it('are spent, read, and given back by the job', async () => {
    const { host, clock } = memoryHost();
    await host.start();
    expect(await host.lives.spend(ada)).toMatchObject({ ok: true, lives: { currentLives: 4 } });
    await clock.advanceTo('2026-11-24T12:29:59.999Z');
    expect(await host.lives.read(ada)).toMatchObject({
      currentLives: 4,
      nextRegenAt: new Date('2026-11-24T12:15:00Z'),
    });
    await clock.advanceTo('2026-11-24T12:30:00Z');
    await host.idle();
    expect(await host.lives.read(ada)).toMatchObject({
      currentLives: 5,
      lastRegenAt: new Date('2026-11-24T12:30:00Z'),
    });
    expect(await host.runs('life-regeneration', { limit: 1 })).toMatchObject([{ processed: 1 }]);
    await host.stop();
  });

  it('are refused at zero, with the numbers of the host’s rules', async () => {
    const { host } = memoryHost({ rules: { lives: { maxLives: 2, regenMinutes: 10 } } });
    await host.open();
    await host.lives.spend(ada);
    expect(await host.lives.spend(ada)).toMatchObject({
      ok: true,
      lives: { currentLives: 0, nextRegenAt: new Date('2026-11-24T11:55:00Z') },
    });
    expect(await host.lives.spend(ada)).toMatchObject({ ok: false, reason: 'no-lives' });
  });

  it('come back by the job’s schedule, also in a host that leaves the job to others', async () => {
    const clock = new VirtualClock(start);
    const store = memoryStore(clock);
    const hostWith = (enabled: boolean): JobHost =>
      createJobHost({
        modules: [memoryAdapters(store), cronerScheduler()],
        clock,
        logger: silentLogger,
        jobOverrides: { 'life-regeneration': { enabled, schedule: { cron: '20 * * * *' } } },
      });
    await hostWith(true).open();
    const host = hostWith(false);
    await host.open();
    await host.lives.spend(ada);
    await clock.advanceTo('2026-11-24T12:19:59Z');
    expect(await host.lives.read(ada)).toMatchObject({ currentLives: 4 });
    await clock.advanceTo('2026-11-24T12:20:00Z');
    expect(await host.lives.read(ada)).toMatchObject({ currentLives: 5 });
  });

  it('do not come back while no host has ever registered the job', async () => {
    const { host, clock } = memoryHost({ jobOverrides: { 'life-regeneration': { enabled: false } } });
    await host.open();
    await host.lives.spend(ada);
    await clock.advanceTo('2026-11-25T12:00:00Z');
    expect(await host.lives.read(ada)).toMatchObject({ currentLives: 4 });
  });
});
