import type { JobHost } from '@gamekeeper/composition';
import { healthJson } from '@gamekeeper/http';
import { type CheckHealth, type HostHealth, type JobHealth, type WithDates } from '@gamekeeper/core';
import { isUnhealthy } from '@gamekeeper/core/engine';
import type { Command } from 'commander';
import { withExamples } from '../arguments.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import type { Column } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { formatCount, formatQuantity, formatDuration, formatInstant } from '../terminal/format.ts';

/** `status`: shows the health, like `/jobs`. */
export function addStatus(program: Command, session: Session): void {
  const command = program
    .command('status')
    .description('shows the health of every job and check; exits with 1 if one is unhealthy')
    .action(() =>
      session.withHost(async (host) => {
        const health = await host.health();
        if (!health.healthy) session.exitCode = exitCodes.failed;
        session.show(healthJson(health), (terminal) => printHealth(terminal, health, host));
      }),
    );
  withExamples(command, 'status', 'status --json | jq \'.jobs[] | select(.verdict != "healthy")\'');
}

/** Prints health as tables. */
export function printHealth(
  terminal: Terminal,
  health: WithDates<HostHealth>,
  { jobs }: Pick<JobHost, 'jobs'>,
): void {
  const { healthy, judgedAt, checks } = health;
  const verdict = healthy ? terminal.paint('green', 'healthy') : terminal.paint('red', 'unhealthy');
  terminal.print(`${verdict}, evaluated at ${formatInstant(judgedAt)}\n`);
  if (health.jobs.length > 0) terminal.table(jobColumns(terminal), health.jobs);
  const known = new Set(health.jobs.map(({ job }) => job));
  const unknown = jobs.filter(({ job }) => !known.has(job.name)).map(({ job }) => job.name);
  if (unknown.length > 0)
    terminal.print(
      `${health.jobs.length > 0 ? '\n' : ''}not registered in this store yet: ${unknown.join(', ')}`,
    );
  if (checks.length > 0) {
    terminal.print('');
    terminal.table(checkColumns(terminal), checks);
  }
  const troubled = health.jobs.filter(({ lastError }) => lastError !== null);
  if (troubled.length > 0) {
    terminal.print('');
    terminal.table(errorColumns, troubled);
  }
  if (health.outbox) terminal.print(`\noutbox: ${waiting(health.outbox)}`);
}

/** Returns a text about the events that wait in the outbox. */
export function waiting({ pending, oldestWaitMs }: { pending: number; oldestWaitMs: number | null }): string {
  if (pending === 0) return 'no event waits';
  return `${formatQuantity(pending, 'event waits', 'events wait')}, the oldest for ${formatDuration(oldestWaitMs)}`;
}

const jobColumns = (terminal: Terminal): readonly Column<WithDates<JobHealth>>[] => [
  { title: 'JOB', text: ({ job }) => job },
  { title: 'VERDICT', text: ({ verdict }) => verdict, paint: verdictPaint(terminal) },
  { title: 'LAST SUCCESS', text: ({ lastSuccessTick }) => formatInstant(lastSuccessTick) },
  { title: 'LAG', text: ({ lagMs }) => formatDuration(lagMs), align: 'right' },
  { title: 'TOOK', text: ({ lastDurationMs }) => formatDuration(lastDurationMs), align: 'right' },
  { title: 'FAILED ITEMS', text: ({ failedItems }) => formatCount(failedItems), align: 'right' },
  {
    title: 'NEXT TICK',
    text: ({ nextTick, runningTick }) =>
      runningTick === null ? formatInstant(nextTick) : `running ${formatInstant(runningTick)}`,
  },
];

const checkColumns = (terminal: Terminal): readonly Column<WithDates<CheckHealth>>[] => [
  { title: 'CHECK', text: ({ check }) => check },
  { title: 'VERDICT', text: ({ verdict }) => verdict, paint: verdictPaint(terminal) },
  { title: 'FOUND', text: ({ text }) => text ?? '', long: true },
];

const errorColumns: readonly Column<WithDates<JobHealth>>[] = [
  { title: 'JOB', text: ({ job }) => job },
  { title: 'LAST ERROR', text: ({ lastError }) => lastError ?? '', long: true },
];

function verdictPaint(terminal: Terminal) {
  return ({ verdict }: Pick<JobHealth | CheckHealth, 'verdict'>, text: string): string =>
    terminal.paint(isUnhealthy(verdict) ? 'red' : verdict === 'paused' ? 'yellow' : 'green', text);
}
