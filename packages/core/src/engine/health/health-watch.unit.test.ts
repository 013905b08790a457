import {
  IntervalSchedule,
  MemoryAlertLog,
  MemoryDatabase,
  VirtualClock,
  hourlyJobs,
  memoryJobPorts,
  type MemoryJobPorts,
} from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { defineJob } from '../jobs/job-definition.ts';
import { combineObservers } from '../jobs/run-observer.ts';
import { silentLogger, type Logger } from '../common/logger.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS, instant, addMs, type Instant } from '../time/instant.ts';
import type { Alert } from './alert.ts';
import { AlertDelivery } from './alert-delivery.ts';
import type { HealthCheck } from './check.ts';
import { HealthWatch } from './health-watch.ts';
import { inspectJobs, type InspectionPorts } from './inspection.ts';

const start = instant('2026-11-24T00:00:00Z');
const LOOK_MS = 15 * SECOND_MS;
const CHECK_MS = MINUTE_MS;
const REMIND_MS = 6 * HOUR_MS;

/** An hourly job that is late after 65 minutes, watched by several instances over one store on virtual time. */
class Watched {
  readonly clock = new VirtualClock(start);
  readonly database = new MemoryDatabase(this.clock);
  readonly ports = memoryJobPorts(this.database);
  readonly ledger = this.ports.ledger;
  readonly jobRegistry = this.ports.jobRegistry;
  readonly alertLog = new MemoryAlertLog(this.database);
  readonly told: { readonly channel: string; readonly at: Instant; readonly alert: Alert }[] = [];
  readonly beats: Instant[] = [];
  readonly #watches: HealthWatch[] = [];
  readonly #inspections: InspectionPorts[] = [];

  static async begin(): Promise<Watched> {
    const watched = new Watched();
    await watched.jobRegistry.register(hourlyJobs('sweep'), start);
    return watched;
  }

  /** An instance; its channels fail or hang as it is told. */
  instance({
    mail = async () => undefined,
    logger = silentLogger,
    ports = this.ports,
    checks = [],
  }: {
    readonly mail?: (alert: Alert) => Promise<void>;
    readonly logger?: Logger;
    readonly ports?: MemoryJobPorts;
    readonly checks?: readonly HealthCheck[];
  } = {}): HealthWatch {
    const job = defineJob({
      name: 'sweep',
      schedule: { cron: '0 * * * *' },
      lateAfterMs: 65 * MINUTE_MS,
      batch: async () => ({ processed: 0, next: null }),
    });
    const channel = (name: string, send: (alert: Alert) => Promise<void> = async () => undefined) => ({
      name,
      send: async (alert: Alert) => {
        await send(alert);
        this.told.push({ channel: name, at: this.clock.now(), alert });
      },
    });
    const routes = [
      { channel: channel('mail', mail) },
      { channel: channel('pager'), minSeverity: 'critical' as const },
    ];
    const inspection: InspectionPorts = {
      ...ports,
      alertLog: this.alertLog,
      jobs: () => [{ job, schedule: new IntervalSchedule(60) }],
      checks: () => checks,
      routes,
      reminderIntervalMs: REMIND_MS,
      observer: combineObservers([]),
    };
    this.#inspections.push(inspection);
    const watch = new HealthWatch({
      inspection,
      delivery: new AlertDelivery({
        alertLog: this.alertLog,
        routes,
        clock: this.clock,
        logger,
        random: () => 0,
      }),
      transactions: this.database,
      clock: this.clock,
      logger,
      heartbeat: { beat: async () => void this.beats.push(this.clock.now()) },
      intervalMs: LOOK_MS,
      checkIntervalMs: CHECK_MS,
    });
    this.#watches.push(watch);
    watch.start();
    return watch;
  }

  async succeed(tick: Instant): Promise<void> {
    await this.ledger.recordIdleTick({ job: 'sweep', tick, instanceId: 'one' });
  }

  async fail(tick: Instant): Promise<void> {
    const outcome = await this.ledger.claim({ job: 'sweep', tick, instanceId: 'one', leaseMs: 15_000 });
    if (outcome.kind === 'claimed') await this.ledger.fail(outcome.claim, 'the mail server is gone');
  }

  /** Judges the jobs as of an instant, as `job-health` does. */
  async inspect(asOf: Instant): Promise<void> {
    await this.database.run((tx) => inspectJobs(tx, this.#inspections[0]!, asOf));
  }

  toldTo(channel: string): readonly string[] {
    return this.told
      .filter((each) => each.channel === channel)
      .map(({ alert }) => `${alert.kind} ${alert.verdict}`);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#watches.map((watch) => watch.stop(1_000)));
  }
}

describe('HealthWatch', () => {
  it('outcome 2: tells of a job that is ahead, through when nothing runs, though the clock was put back before it was judged last', async () => {
    const watched = await Watched.begin();
    watched.instance();
    await watched.clock.advanceTo(addMs(start, HOUR_MS));
    await watched.succeed(addMs(start, HOUR_MS));
    await watched.clock.advanceTo(addMs(start, 3 * HOUR_MS));
    expect(watched.toldTo('mail')).toEqual(['unhealthy late']);
    await watched.succeed(addMs(start, 3 * HOUR_MS));
    await watched.clock.advanceBy(LOOK_MS);
    expect(watched.toldTo('mail')).toEqual(['unhealthy late', 'recovered healthy']);
    const now = addMs(start, 30 * MINUTE_MS);
    watched.clock.jumpTo(now);
    await watched.inspect(now);
    const alerts = await watched.alertLog.list({ limit: 10 });
    expect(alerts.map(({ alert }) => alert).find(({ verdict }) => verdict === 'ahead')).toMatchObject({
      severity: 'critical',
      since: now,
      text: "sweep is ahead of the clock: no tick runs until 2026-11-24T03:00:00.000Z, which is in the future by the database's clock: correct the database's clock, or reset the job's watermark (see docs, Operate), last success 2026-11-24T03:00:00.000Z",
    });
  });

  it('law 11: tells of a job that does not run within one look after its window, once, however many instances look', async () => {
    const watched = await Watched.begin();
    for (let count = 0; count < 3; count += 1) watched.instance();
    await watched.clock.advanceTo(addMs(start, HOUR_MS));
    await watched.succeed(addMs(start, HOUR_MS));
    const windowEnd = HOUR_MS + 65 * MINUTE_MS;
    await watched.clock.advanceTo(addMs(start, windowEnd));
    expect(watched.told).toEqual([]);
    await watched.clock.advanceBy(LOOK_MS);
    expect(watched.toldTo('mail')).toEqual(['unhealthy late']);
    expect(watched.toldTo('pager')).toEqual(['unhealthy late']);
    expect(watched.told[0]!.alert.text).toBe(
      'sweep is late: last success 2026-11-24T01:00:00.000Z, 65 min ago',
    );
    await watched.stop();
  });

  it('tells of the recovery once', async () => {
    const watched = await Watched.begin();
    for (let count = 0; count < 3; count += 1) watched.instance();
    await watched.clock.advanceBy(2 * HOUR_MS);
    await watched.succeed(addMs(start, 2 * HOUR_MS));
    await watched.clock.advanceBy(HOUR_MS);
    expect(watched.toldTo('mail')).toEqual(['unhealthy never-ran', 'recovered healthy']);
    await watched.stop();
  });

  it('does not take back what was told for a judgement as of an earlier instant', async () => {
    const watched = await Watched.begin();
    watched.instance();
    const windowEnd = addMs(start, 65 * MINUTE_MS);
    await watched.clock.advanceTo(addMs(windowEnd, LOOK_MS));
    // `job-health` judges as of its tick, and its run may begin a moment after a look of the watch.
    await watched.inspect(windowEnd);
    await watched.clock.advanceBy(10 * LOOK_MS);
    expect(watched.toldTo('mail')).toEqual(['unhealthy never-ran']);
    await watched.stop();
  });

  it('awaits the jobs of a ledger that somebody has emptied as it awaits new ones', async () => {
    const watched = await Watched.begin();
    const emptied = memoryJobPorts(watched.database);
    for (let count = 0; count < 3; count += 1) watched.instance({ ports: emptied });
    await watched.clock.advanceTo(addMs(start, 65 * MINUTE_MS));
    expect(watched.told).toEqual([]);
    await watched.clock.advanceBy(LOOK_MS);
    expect(watched.toldTo('mail')).toEqual(['unhealthy never-ran']);
    await watched.stop();
  });

  it('needs a quick look and no more while all is well', async () => {
    const watched = await Watched.begin();
    watched.instance();
    await watched.clock.advanceBy(LOOK_MS);
    watched.jobRegistry.records = async () => {
      throw new Error('nobody may read all records');
    };
    await watched.clock.advanceBy(LOOK_MS);
    expect(watched.beats).toHaveLength(3);
    await watched.stop();
  });

  it('judges by the checks once a minute, by whichever instances, and tells of a trouble once', async () => {
    const watched = await Watched.begin();
    let judged = 0;
    let isFull = false;
    const queue: HealthCheck = {
      name: 'queue',
      judge: async (now) => {
        judged += 1;
        const finding = { severity: 'warning' as const, text: 'it is full', since: now };
        return { facts: {}, finding: isFull ? finding : null };
      },
    };
    for (let count = 0; count < 3; count += 1) watched.instance({ checks: [queue] });
    await watched.clock.advanceBy(HOUR_MS);
    expect(judged).toBe(3 * 61);
    isFull = true;
    await watched.clock.advanceBy(2 * CHECK_MS);
    expect(watched.told.map(({ alert }) => alert.text)).toEqual(['queue is unhealthy: it is full']);
    isFull = false;
    await watched.clock.advanceBy(2 * CHECK_MS);
    expect(watched.toldTo('mail')).toEqual(['unhealthy unhealthy', 'recovered healthy']);
    await watched.stop();
  });

  it('neither lets a check that throws or never answers keep it from the jobs, nor sends heartbeats then', async () => {
    const watched = await Watched.begin();
    const checks: HealthCheck[] = [
      {
        name: 'throws',
        judge: async () => {
          throw new Error('no such queue');
        },
      },
      { name: 'hangs', judge: () => new Promise(() => undefined) },
      { name: 'forgets', judge: (async () => ({ finding: undefined })) as never },
    ];
    watched.instance({ checks });
    await watched.clock.advanceBy(65 * MINUTE_MS + LOOK_MS);
    expect(watched.beats).toEqual([]);
    const texts = watched.told.filter(({ channel }) => channel === 'mail').map(({ alert }) => alert.text);
    expect(texts).toEqual([
      'throws is unhealthy: the check failed: no such queue',
      'hangs is unhealthy: the check failed: no result within 10 s',
      expect.stringContaining('forgets is unhealthy: the check failed: it must return { facts:'),
      expect.stringContaining('sweep is not running at all'),
    ]);
    await watched.stop();
  });

  it('tells of a failing job with its error, and routes by severity', async () => {
    const watched = await Watched.begin();
    watched.instance();
    await watched.fail(start);
    await watched.clock.advanceBy(LOOK_MS);
    expect(watched.toldTo('mail')).toEqual(['unhealthy failing']);
    expect(watched.toldTo('pager')).toEqual([]);
    expect(watched.told[0]!.alert.text).toBe('sweep is failing: never succeeded, the mail server is gone');
    await watched.stop();
  });

  it('reminds at the chosen interval, once for all instances', async () => {
    const watched = await Watched.begin();
    watched.instance();
    watched.instance();
    await watched.clock.advanceBy(2 * HOUR_MS + 2 * REMIND_MS);
    expect(watched.toldTo('mail')).toEqual([
      'unhealthy never-ran',
      'reminder never-ran',
      'reminder never-ran',
    ]);
    await watched.stop();
  });

  it('tries a channel again that fails, and never keeps the others waiting for it', async () => {
    const watched = await Watched.begin();
    let failures = 3;
    watched.instance({
      mail: async () => {
        if ((failures -= 1) >= 0) throw new Error('mailbox full');
      },
    });
    await watched.clock.advanceBy(66 * MINUTE_MS);
    expect(watched.toldTo('pager')).toEqual(['unhealthy never-ran']);
    expect(watched.toldTo('mail')).toEqual([]);
    await watched.clock.advanceBy(5 * MINUTE_MS);
    expect(watched.toldTo('mail')).toEqual(['unhealthy never-ran']);
    await watched.stop();
  });

  it('gives up waiting for a channel that never answers', async () => {
    const watched = await Watched.begin();
    watched.instance({ mail: () => new Promise<void>(() => undefined) });
    await watched.clock.advanceBy(67 * MINUTE_MS);
    expect(watched.toldTo('pager')).toEqual(['unhealthy never-ran']);
    const [record] = (await watched.alertLog.list({ limit: 10 })).filter(({ channel }) => channel === 'mail');
    expect(record).toMatchObject({ status: 'owed', error: 'no result within 20 s' });
    await watched.stop();
  });

  it('tells the others at once of what comes while a channel does not answer', async () => {
    const watched = await Watched.begin();
    watched.instance({ mail: () => new Promise<void>(() => undefined) });
    await watched.clock.advanceBy(65 * MINUTE_MS + LOOK_MS);
    await watched.succeed(addMs(start, HOUR_MS));
    await watched.clock.advanceBy(LOOK_MS);
    expect(watched.toldTo('pager')).toEqual(['unhealthy never-ran', 'recovered healthy']);
    await Promise.all([watched.stop(), watched.clock.advanceBy(1_000)]);
  });

  it('loses no alert with the instance that noticed: another one tells of it', async () => {
    const watched = await Watched.begin();
    const first = watched.instance({ mail: () => new Promise<void>(() => undefined) });
    await watched.clock.advanceBy(65 * MINUTE_MS + LOOK_MS);
    await Promise.all([first.stop(1), watched.clock.advanceBy(1)]);
    watched.instance();
    await watched.clock.advanceBy(5 * MINUTE_MS);
    expect(watched.toldTo('mail')).toEqual(['unhealthy never-ran']);
    await watched.stop();
  });

  it('sends heartbeats while all is well, and none while it is not', async () => {
    const watched = await Watched.begin();
    watched.instance();
    await watched.clock.advanceBy(65 * MINUTE_MS);
    expect(watched.beats).toHaveLength((65 * MINUTE_MS) / LOOK_MS + 1);
    const well = watched.beats.length;
    await watched.clock.advanceBy(HOUR_MS);
    expect(watched.beats).toHaveLength(well);
    await watched.stop();
  });

  it('says once that it cannot look and once that it can again, and sends no heartbeat meanwhile', async () => {
    const watched = await Watched.begin();
    const lines: string[] = [];
    const keep = (line: string): void => void lines.push(line);
    const ports = memoryJobPorts(watched.database);
    await ports.jobRegistry.register(hourlyJobs('sweep'), start);
    let away = true;
    ports.storeTime.now = async () => {
      if (away) throw new Error('gone');
      return watched.clock.now();
    };
    watched.instance({ ports, logger: { debug: keep, info: keep, warn: keep, error: keep } });
    await watched.clock.advanceBy(10 * LOOK_MS);
    expect(watched.beats).toEqual([]);
    away = false;
    await watched.clock.advanceBy(10 * LOOK_MS);
    expect(lines).toEqual([
      'the watch cannot inspect the jobs, trying again',
      'the watch can inspect the jobs again',
    ]);
    expect(watched.beats).toHaveLength(10);
    await watched.stop();
  });
});
