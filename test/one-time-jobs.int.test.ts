import { postgresAdapters, postgresDatabase, type PostgresDatabase } from '@gamekeeper/adapters-postgres';
import { createJobHost, type JobHost } from '@gamekeeper/composition';
import {
  HOUR_MS,
  MINUTE_MS,
  addMs,
  defineJob,
  instant,
  silentLogger,
  type InstantLike,
  type Logger,
} from '@gamekeeper/core';
import { engineTokens, type HostModule, type JobRegistry } from '@gamekeeper/core/ports';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock, memoryAdapters, memoryStore } from '@gamekeeper/testkit';
import { testHost } from '@gamekeeper/testkit/host';
import { describe, expect, it } from 'vitest';
import { describeWithPostgres } from './server-suites.ts';

const start = instant('2026-12-24T10:00:00Z');
const eve = instant('2026-12-24T17:00:00Z');

/** A job that gives presents once, and the ticks that it ran. */
function presents(at: InstantLike = eve) {
  const ran: number[] = [];
  const job = defineJob({
    name: 'presents',
    schedule: { at },
    batch: async ({ asOf, dryRun }) => {
      if (!dryRun) ran.push(asOf);
      return { processed: 1, next: null };
    },
  });
  return { ran, job };
}

/** Hosts on one store in memory, one after the other or side by side. */
function world() {
  const clock = new VirtualClock(start);
  const store = memoryStore(clock);
  const warnings: unknown[] = [];
  const logger: Logger = {
    ...silentLogger,
    warn: (message, fields) => void warnings.push([message, fields]),
  };
  const host = (at: InstantLike, ran: number[] = []): JobHost => {
    const given = presents(at);
    const job = { ...given.job, batch: async () => ({ processed: ran.push(clock.now()), next: null }) };
    const modules = [memoryAdapters(store), cronerScheduler()];
    return createJobHost({ modules, jobs: [job], clock, logger });
  };
  return { clock, host, warnings };
}

describe('a job that runs once', () => {
  it('runs at its instant and never again, whichever of several hosts is there', async () => {
    const { clock, host, warnings } = world();
    const ran: number[] = [];
    const hosts = [host(eve, ran), host(eve, ran)];
    await Promise.all(hosts.map((each) => each.start()));
    await clock.advanceTo(addMs(eve, -1));
    expect(ran).toEqual([]);
    await clock.advanceTo(addMs(eve, 3 * HOUR_MS));
    expect(ran).toEqual([eve]);
    const [run, ...more] = await hosts[0]!.runs('presents');
    expect([run, more]).toMatchObject([{ status: 'succeeded', tick: new Date(eve) }, []]);
    await Promise.all(hosts.map((each) => each.stop()));

    const later = host(eve, ran);
    await later.start();
    await clock.advanceBy(HOUR_MS);
    expect(ran).toEqual([eve]);
    const { jobs } = await later.health();
    expect(jobs.find(({ job }) => job === 'presents')).toMatchObject({ verdict: 'healthy', nextTick: null });
    expect(warnings).toEqual([]);
    await later.stop();
  });

  it('runs late when no host was there at its instant, once', async () => {
    const { clock, host } = world();
    const first = host(eve);
    await first.start();
    await first.stop();
    await clock.advanceTo(addMs(eve, HOUR_MS));
    const ran: number[] = [];
    const second = host(eve, ran);
    await second.start();
    await clock.advanceBy(MINUTE_MS);
    expect(ran).toHaveLength(1);
    expect(await second.runs('presents')).toMatchObject([{ status: 'succeeded', tick: new Date(eve) }]);
    await second.stop();
  });

  it('is healthy while it waits, and late an hour after an instant at which nobody ran it', async () => {
    const { clock, host } = world();
    const idle = host(eve);
    await idle.open();
    const verdict = async (): Promise<unknown> =>
      (await idle.health()).jobs.find(({ job }) => job === 'presents')?.verdict;
    await clock.advanceTo(addMs(eve, HOUR_MS));
    expect(await verdict()).toBe('healthy');
    await clock.advanceBy(1);
    expect(await verdict()).toBe('never-ran');
    await idle.stop();
  });

  it('moves with a deploy, and warns that it never runs at an instant that is over', async () => {
    const { clock, host, warnings } = world();
    const ran: number[] = [];
    const first = host(eve, ran);
    await first.start();
    await first.stop();
    const moved = addMs(eve, 2 * HOUR_MS);
    const second = host(moved, ran);
    await second.start();
    await clock.advanceTo(addMs(eve, 3 * HOUR_MS));
    expect(ran).toEqual([moved]);
    await second.stop();
    expect(warnings).toEqual([]);

    const third = host(eve, ran);
    await third.start();
    await clock.advanceBy(2 * HOUR_MS);
    expect(ran).toEqual([moved]);
    expect(warnings).toEqual([
      [
        'a job that runs once never runs: its instant was over when it was registered',
        { job: 'presents', at: '2026-12-24T17:00:00.000Z', registeredAt: '2026-12-24T20:00:00.000Z' },
      ],
    ]);
    await third.stop();
  });

  it.each([
    [{ at: 'tomorrow' }, 'presents.schedule.at'],
    [{ at: null }, 'presents.schedule.at'],
    [{ at: eve, timeZone: 'Europe/Berlin' }, 'presents.schedule.timeZone'],
    [{ at: eve, cron: '0 0 * * *' }, 'presents.schedule.cron'],
  ])('is refused with the schedule %j', (schedule, option) => {
    const define = () =>
      defineJob({ name: 'presents', schedule: schedule as never, batch: presents().job.batch });
    expect(define).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option }));
  });
});

/** On real SQL, with the clock of the database. */
async function runsOnceOn(adapters: HostModule): Promise<void> {
  const { ran, job } = presents();
  await using test = await testHost({ now: start, modules: [adapters], jobs: [job] });
  const database = test.host.container.get<PostgresDatabase>(postgresDatabase.symbol);
  await test.advance({ hours: 30 });
  expect(ran).toEqual([eve]);
  expect(await test.host.runs('presents')).toMatchObject([{ status: 'succeeded', tick: new Date(eve) }]);
  const registry = test.host.container.get<JobRegistry>(engineTokens.jobRegistry.symbol);
  const recorded = (await registry.ticks()).find((one) => one.job === 'presents');
  expect(recorded?.schedules).toMatchObject([{ cron: '@at 2026-12-24T17:00:00.000Z', timeZone: 'UTC' }]);
  await database.dropSchema();
}

it('a job that runs once runs once on an embedded database', () =>
  runsOnceOn(postgresAdapters({ memory: true, pinnableClock: true })));

describeWithPostgres('a job that runs once', (url) => {
  const schema = `gamekeeper_test_once_${process.pid}`;
  it('runs once on a server', () => runsOnceOn(postgresAdapters({ url, schema, pinnableClock: true })));
});
