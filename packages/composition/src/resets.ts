import { InvalidOptionError, iso, type Board, type Instant, type ScheduledJob } from '@gamekeeper/core';
import type { PeriodRepository, PeriodResets, RankingRepository } from '@gamekeeper/core/ports';
import { ScheduleWithExtraTicks } from '@gamekeeper/core/engine';
import { addStoredPeriodEnds, assertSameBoards, resetJobName, unclosedPeriod } from '@gamekeeper/core/game';
import type { JobOverrides } from './host-options.ts';

type Job = ScheduledJob & { readonly enabled: boolean };

/**
 * Returns the jobs; the schedules of reset jobs also tick at the end of periods that were opened under an earlier board
 * definition.
 *
 * @throws {InvalidOptionError} if the host's schedule of a reset cannot close each period before the next one has ended
 */
export function withResets(
  jobs: readonly Job[],
  {
    boards,
    jobOverrides,
    now,
  }: {
    readonly boards: readonly Board[];
    readonly jobOverrides: Readonly<Record<string, JobOverrides>>;
    readonly now: Instant;
  },
): readonly Job[] {
  return jobs.map((scheduled) => {
    const { job, schedule, enabled } = scheduled;
    const board = boards.find((one) => resetJobName(one) === job.name);
    if (!board || !enabled) return scheduled;
    // An explicit schedule of the host is used as it is.
    if (jobOverrides[job.name]?.schedule === undefined)
      return { ...scheduled, schedule: new ScheduleWithExtraTicks(schedule) };
    assertInTime(board, scheduled, now);
    return scheduled;
  });
}

/** Compares the boards with what is stored about them, and makes their resets run at the end of stored periods. */
export async function loadStoredPeriodEnds(
  jobs: readonly Job[],
  boards: readonly Board[],
  {
    periods,
    rankings,
    periodResets,
  }: {
    readonly periods: PeriodRepository;
    readonly rankings: RankingRepository;
    readonly periodResets: PeriodResets;
  },
): Promise<void> {
  await assertSameBoards(boards, { periods, rankings });
  for (const board of boards) {
    const reset = jobs.find(({ job }) => job.name === resetJobName(board));
    if (reset?.schedule instanceof ScheduleWithExtraTicks)
      await addStoredPeriodEnds(periodResets, board, reset.schedule);
  }
}

function assertInTime(board: Board, { job, schedule }: ScheduledJob, now: Instant): void {
  const unclosed = unclosedPeriod(board, schedule, now);
  if (!unclosed) return;
  const { period, closedBy } = unclosed;
  throw new InvalidOptionError(
    `jobOverrides.${job.name}.schedule`,
    job.schedule,
    `must fire after the end of each period and before the next one ends: ${period.key} would end at ${iso(period.endsAt)} and not be closed by ${iso(closedBy)}`,
  );
}
