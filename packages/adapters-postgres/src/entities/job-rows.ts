import { defineEntity, p } from '@mikro-orm/core';

/** A row of `jobs`. */
export const JobRow = defineEntity({
  name: 'JobRow',
  tableName: 'jobs',
  properties: {
    job: p.text().primary(),
    registeredAt: p.datetime(3),
    startsAfter: p.datetime(3),
    watermark: p.datetime(3),
    prunedThrough: p.datetime(3).nullable(),
    pausedAt: p.datetime(3).nullable(),
    resumedAt: p.datetime(3).nullable(),
  },
});

/** A row of `job_schedules`: a schedule of a job, and since when it applies. */
export const JobScheduleRow = defineEntity({
  name: 'JobScheduleRow',
  tableName: 'job_schedules',
  properties: {
    job: p.text().primary(),
    since: p.datetime(3).primary(),
    cron: p.text(),
    zone: p.text(),
  },
});

/** A row of `job_runs`. */
export const JobRunRow = defineEntity({
  name: 'JobRunRow',
  tableName: 'job_runs',
  properties: {
    job: p.text().primary(),
    tick: p.datetime(3).primary(),
    status: p.text().$type<'running' | 'succeeded' | 'failed' | 'skipped'>(),
    fence: p.integer(),
    owner: p.text().nullable(),
    leaseUntil: p.datetime(3).nullable(),
    checkpoint: p.json().nullable(),
    startedAt: p.datetime(3).nullable(),
    attemptedAt: p.datetime(3).nullable(),
    finishedAt: p.datetime(3).nullable(),
    processed: p.bigint('string').default('0'),
    failedItems: p.bigint('string').default('0'),
    error: p.text().nullable(),
    eventsWritten: p.json().nullable(),
  },
});

/** A row of `job_shards`. */
export const JobShardRow = defineEntity({
  name: 'JobShardRow',
  tableName: 'job_shards',
  properties: {
    job: p.text().primary(),
    tick: p.datetime(3).primary(),
    shard: p.integer().primary(),
    part: p.json(),
    status: p.text().$type<'open' | 'succeeded' | 'failed'>(),
    fence: p.integer().default(0),
    owner: p.text().nullable(),
    leaseUntil: p.datetime(3).nullable(),
    checkpoint: p.json().nullable(),
    startedAt: p.datetime(3).nullable(),
    finishedAt: p.datetime(3).nullable(),
    processed: p.bigint('string').default('0'),
    failedItems: p.bigint('string').default('0'),
    error: p.text().nullable(),
    eventsWritten: p.json().nullable(),
  },
});

/** A row of `job_item_failures`. */
export const JobItemFailureRow = defineEntity({
  name: 'JobItemFailureRow',
  tableName: 'job_item_failures',
  properties: {
    job: p.text().primary(),
    tick: p.datetime(3).primary(),
    item: p.text().primary(),
    error: p.text(),
    failedAt: p.datetime(3),
  },
});

/** A row of `job_health`. */
export const JobHealthRow = defineEntity({
  name: 'JobHealthRow',
  tableName: 'job_health',
  properties: {
    job: p.text().primary(),
    verdict: p.text(),
    since: p.datetime(3),
    lastAlertAt: p.datetime(3).nullable(),
    told: p.text().$type<'info' | 'warning' | 'critical'>().nullable(),
  },
});

/** A row of `operator_actions`. */
export const OperatorActionRow = defineEntity({
  name: 'OperatorActionRow',
  tableName: 'operator_actions',
  properties: {
    id: p.text().primary(),
    position: p.bigint('string'),
    action: p.text(),
    subject: p.text(),
    who: p.text(),
    reason: p.text(),
    details: p.json(),
    status: p.text().$type<'begun' | 'done' | 'failed'>().default('begun'),
    result: p.text().nullable(),
    begunAt: p.datetime(3),
    endedAt: p.datetime(3).nullable(),
  },
});

/** A row of `skewed_instances`. */
export const SkewedInstanceRow = defineEntity({
  name: 'SkewedInstanceRow',
  tableName: 'skewed_instances',
  properties: {
    instance: p.text().primary(),
    skewMs: p.bigint('string'),
    since: p.datetime(3),
    measuredAt: p.datetime(3),
  },
});
