import {
  instant,
  iso,
  type Instant,
  type InstantLike,
  type JobHealth,
  type ScheduledJob,
  type WithDates,
} from '@gamekeeper/core';
import type { Command } from 'commander';
import { withExamples } from '../arguments.ts';
import type { Session } from '../session.ts';
import type { Column } from '../terminal/table.ts';
import { formatDuration, formatInstant } from '../terminal/format.ts';

interface Listed {
  readonly job: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly missedTicks: string;
  readonly delayMs: number;
  readonly registered: boolean;
  readonly paused: boolean;
  readonly nextTick: InstantLike | null;
}

/** `jobs`: lists the jobs and when they run. */
export function addJobs(program: Command, session: Session): void {
  const command = program
    .command('jobs')
    .description('lists the jobs of this host, with the schedules that are stored')
    .action(() =>
      session.withHost(async (host) => {
        const health = await host.health();
        const known = new Map(health.jobs.map((one) => [one.job, one]));
        const jobs = host.jobs.map((one) => listed(one, known.get(one.job.name), instant(health.judgedAt)));
        session.show({ jobs: jobs.map(json) }, (terminal) => terminal.table(columns, jobs));
      }),
    );
  withExamples(command, 'jobs', "jobs --json | jq -r '.jobs[].job'");
}

function listed(
  { job, schedule }: ScheduledJob,
  health: WithDates<JobHealth> | undefined,
  now: Instant,
): Listed {
  return {
    job: job.name,
    cron: schedule.cron,
    timeZone: schedule.timeZone,
    missedTicks: job.missedTicks,
    delayMs: job.delayMs,
    registered: health !== undefined,
    paused: health?.verdict === 'paused',
    nextTick: health ? health.nextTick : schedule.next(now),
  };
}

function json({ nextTick, ...rest }: Listed): object {
  return { ...rest, nextTick: nextTick === null ? null : iso(nextTick) };
}

const columns: readonly Column<Listed>[] = [
  { title: 'JOB', text: ({ job }) => job },
  { title: 'SCHEDULE', text: ({ cron }) => cron },
  { title: 'TIME ZONE', text: ({ timeZone }) => timeZone },
  { title: 'MISSED TICKS', text: ({ missedTicks }) => missedTicks },
  { title: 'DELAY', text: ({ delayMs }) => (delayMs === 0 ? '-' : formatDuration(delayMs)), align: 'right' },
  {
    title: 'NEXT TICK',
    text: ({ nextTick, paused, registered }) =>
      paused
        ? 'paused'
        : registered
          ? formatInstant(nextTick)
          : `${formatInstant(nextTick)} (not registered yet)`,
  },
];
