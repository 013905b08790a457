import type {
  BackfilledTick,
  CacheDrift,
  CheckHealth,
  Degradation,
  DomainEvent,
  DryRunReport,
  FailedItem,
  HostHealth,
  JobHealth,
  OutboxEntry,
  RetryOutcome,
  Run,
  TickOutcome,
  UnfinishedReset,
  UnsealedPeriod,
  WhatIfReport,
} from '@gamekeeper/core';
import type { ComparedLives, ComparedStreak, LivesOutcome } from '@gamekeeper/core/ports';
import { each, orNull, toDate, withDates, type ToDates } from '@gamekeeper/core/engine';

type Report = Extract<TickOutcome, { kind: 'ran' }>['report'];

/** A run of the ledger as a backend receives it. The conversions below do the same for the other results of a host. */
export const runWithDates: ToDates<Run> = withDates<Run>({
  tick: toDate,
  startedAt: toDate,
  attemptedAt: toDate,
  finishedAt: toDate,
});

export const tickOutcomeWithDates: ToDates<TickOutcome> = withDates<TickOutcome>({
  report: withDates<Report>({ tick: toDate }),
  tick: toDate,
});

export const backfilledTickWithDates: ToDates<BackfilledTick> = withDates<BackfilledTick>({
  tick: toDate,
  outcome: tickOutcomeWithDates,
});

export const dryRunWithDates: ToDates<DryRunReport> = withDates<DryRunReport>({
  tick: toDate,
  events: each(withDates<DomainEvent>({ occurredAt: toDate })),
});

type ReportOf<Job extends WhatIfReport['job']> = Extract<WhatIfReport, { readonly job: Job }>;

const livesOutcome = withDates<LivesOutcome>({ nextRegenAt: toDate });
const ofLives = withDates<ReportOf<'life-regeneration'>>({
  tick: toDate,
  sample: each(withDates<ComparedLives>({ current: livesOutcome, proposed: livesOutcome })),
});
const ofStreaks = withDates<ReportOf<'streak-update'>>({
  tick: toDate,
  sample: each(withDates<ComparedStreak>({ lastQuizAt: toDate })),
});

export const whatIfWithDates: ToDates<WhatIfReport> = (report) =>
  report.job === 'streak-update' ? ofStreaks(report) : ofLives(report);

export const failedItemWithDates: ToDates<FailedItem> = withDates<FailedItem>({
  tick: toDate,
  failedAt: toDate,
});

export const retryOutcomeWithDates: ToDates<RetryOutcome> = withDates<RetryOutcome>({
  failed: each(failedItemWithDates),
  tick: toDate,
});

export const outboxEntryWithDates: ToDates<OutboxEntry> = withDates<OutboxEntry>({
  occurredAt: toDate,
  deliveredAt: toDate,
});

export const healthWithDates: ToDates<HostHealth> = withDates<HostHealth>({
  judgedAt: toDate,
  jobs: each(
    withDates<JobHealth>({
      lastSuccessTick: toDate,
      nextTick: toDate,
      aheadThrough: toDate,
      runningTick: toDate,
      runningSince: toDate,
    }),
  ),
  checks: each(withDates<CheckHealth>({ since: toDate })),
  degraded: each(withDates<Degradation>({ since: toDate, lastFailureAt: toDate })),
  oldestUnsealed: orNull(withDates<UnsealedPeriod>({ endedAt: toDate })),
  oldestUnfinished: orNull(withDates<UnfinishedReset>({ sealedAt: toDate })),
  drift: orNull(withDates<CacheDrift>({ tick: toDate })),
});
