import { createJobHost } from '@gamekeeper/composition';
import { UnknownJobError, instant, iso, latestTick, silentLogger, type TickOutcome } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { UsageError, type Arguments } from '../arguments.ts';
import { liveStore } from '../store.ts';

/** Runs one job for the newest tick by now, or by an instant. */
export async function runCommand({ job, at, json, store }: Arguments): Promise<number> {
  const host = createJobHost({ modules: [liveStore(store).module, cronerScheduler()], logger: silentLogger });
  const wanted = host.jobs.find((one) => one.job.name === job);
  if (!wanted)
    throw new UnknownJobError(
      job ?? '',
      host.jobs.map((one) => one.job.name),
    );
  const tick = latestTick(wanted.schedule, at ?? instant(Date.now()));
  if (tick === null) throw new UsageError(`${job} has no tick by then.`);
  await host.open();
  try {
    const outcome = await host.runNow(wanted.job.name, { tick });
    const line = json
      ? JSON.stringify(asJson(wanted.job.name, iso(tick), outcome))
      : `${wanted.job.name} at ${iso(tick)}: ${inWords(outcome)}`;
    process.stdout.write(`${line}\n`);
    return succeeded(outcome) ? 0 : 1;
  } finally {
    await host.stop();
  }
}

function succeeded(outcome: TickOutcome): boolean {
  if (outcome.kind === 'ran') return outcome.report.end === 'succeeded';
  return outcome.kind === 'settled' && outcome.status === 'succeeded';
}

function inWords(outcome: TickOutcome): string {
  switch (outcome.kind) {
    case 'ran': {
      const { end, processed, durationMs, error } = outcome.report;
      return `${end}, ${processed} processed in ${durationMs} ms${error === undefined ? '' : ` (${String(error)})`}`;
    }
    case 'settled':
      return outcome.status === 'succeeded' ? 'had succeeded before, nothing to do' : `is ${outcome.status}`;
    case 'held':
      return `is being run by ${outcome.owner}`;
    case 'ahead':
      return `lies ahead by the database's clock; it may begin in ${Math.ceil(outcome.retryInMs / 1_000)} s`;
    case 'paused':
      return 'is paused';
    case 'stopped':
      return 'stopped before it ran';
  }
}

function asJson(job: string, tick: string, outcome: TickOutcome): object {
  if (outcome.kind !== 'ran') return { job, ...outcome, tick };
  const { end, processed, batches, durationMs, fence, error } = outcome.report;
  return {
    job,
    tick,
    kind: 'ran',
    end,
    processed,
    batches,
    attempt: fence,
    durationMs,
    ...(error !== undefined && { error: String(error) }),
  };
}
