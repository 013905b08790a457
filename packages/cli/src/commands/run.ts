import type { JobHost } from '@gamekeeper/composition';
import { iso, UnknownJobError, addMs, type Clock, type Instant, type ScheduledJob } from '@gamekeeper/core';
import { engineTokens } from '@gamekeeper/core/ports';
import { latestTick } from '@gamekeeper/core/engine';
import type { Command } from 'commander';
import {
  readInstant,
  registerOption,
  openOptionsFor,
  withExamples,
  type RegisterOption,
} from '../arguments.ts';
import { UsageError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { isDone, outcomeJson, outcomeText } from '../outcomes.ts';
import { RunProgress } from '../run-progress.ts';
import type { Session } from '../session.ts';
import { formatInstant } from '../terminal/format.ts';

/** `run`: runs one tick of a job now. */
export function addRun(program: Command, session: Session): void {
  const command = program
    .command('run')
    .description('runs one tick of a job now; due ticks before it run first')
    .argument('<job>', 'the name of a job')
    .option('--tick <instant>', 'an instant of its schedule (default: the newest)', readInstant)
    .addOption(registerOption())
    .action((job: string, options: RunOptions) => run(session, job, options));
  withExamples(
    command,
    'run life-regeneration',
    'run streak-update --tick 2026-11-24T00:00:00Z',
    'run streak-update --tick 2026-11-24T00:00:00Z --yes --json',
  );
}

interface RunOptions extends RegisterOption {
  readonly tick?: Instant;
}

async function run(session: Session, job: string, { tick: wanted, register }: RunOptions): Promise<void> {
  const progress = new RunProgress(session.terminal.stderr);
  await session.withHost(
    async (host) => {
      const tick = wanted ?? newestTick(host, job);
      if (wanted !== undefined)
        await session.confirm(`${job} will run for the tick ${formatInstant(wanted)}.`);
      const outcome = await host.runNow(job, { tick }).finally(() => progress.done());
      if (!isDone(outcome)) session.exitCode = exitCodes.failed;
      session.show(outcomeJson(job, tick, outcome), (terminal) => {
        terminal.print(`${job} at ${formatInstant(tick)}: ${outcomeText(outcome)}`);
        // Running the tick again would count these items as failed once more.
        if (outcome.kind === 'ran' && outcome.report.failedItems > 0)
          terminal.print(`retry the failed items: npx gamekeeper retry ${job} --tick ${iso(tick)}`);
      });
    },
    { ...openOptionsFor(register), observer: progress },
  );
}

/** Returns the newest tick that may run now, so that the question can name it. */
function newestTick(host: JobHost, name: string): Instant {
  const { job, schedule } = scheduledJob(host, name);
  const now = host.container.get<Clock>(engineTokens.clock.symbol).now();
  const tick = latestTick(schedule, addMs(now, -job.delayMs));
  if (tick !== null) return tick;
  throw new UsageError(`${name} has had no tick yet.`);
}

/** @throws {UnknownJobError} */
export function scheduledJob(host: JobHost, name: string): ScheduledJob {
  const found = host.jobs.find(({ job }) => job.name === name);
  if (found) return found;
  throw new UnknownJobError(
    name,
    host.jobs.map(({ job }) => job.name),
  );
}
