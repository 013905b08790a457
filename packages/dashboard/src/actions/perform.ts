import {
  instant,
  isGamekeeperError,
  iso,
  type BackfilledTick,
  type DryRunReport,
  type RetryOutcome,
  type TickOutcome,
  type WithDates,
} from '@gamekeeper/core';
import { errorText } from '@gamekeeper/core/engine';
import type { OperatorActionEnd } from '@gamekeeper/core/ports';
import type { DashboardHost } from '../dashboard-host.ts';
import { count, counted, duration, utc } from '../html/format.ts';
import type { AskedAction } from './asked-action.ts';

const MOST_CHARACTERS = 8_000;
const EVENTS_SHOWN = 20;

/** Does an action and returns how it ended, in words. Never throws: errors are a result too. */
export async function perform(host: DashboardHost, asked: AskedAction): Promise<OperatorActionEnd> {
  try {
    const end = await done(host, asked);
    return { ...end, result: shortened(end.result) };
  } catch (error) {
    const code = isGamekeeperError(error) ? `${error.code}: ` : '';
    return { status: 'failed', result: `${code}${errorText(error)}` };
  }
}

async function done(host: DashboardHost, asked: AskedAction): Promise<OperatorActionEnd> {
  switch (asked.action) {
    case 'run':
      return tickEnd(await host.runNow(asked.job, { tick: asked.tick }));
    case 'dry-run':
      return well(dryRunText(await host.dryRun(asked.job, { tick: asked.tick })));
    case 'backfill':
      return backfillEnd(await host.backfill(asked.job, asked));
    case 'retry':
      return retryEnd(await host.retryFailedItems(asked.job, asked.tick));
    case 'pause':
      await host.pause(asked.job);
      return well('The job is paused on all instances. An active run continues to its end.');
    case 'resume':
      await host.resume(asked.job);
      return well('The job is resumed. Its missedTicks decides what happens to the ticks of the pause.');
    case 'recalculate': {
      const { missing, extra, wrongScore, misplaced, renamed } = await host.leaderboards.recalculate(
        asked.board,
        {
          full: asked.full,
        },
      );
      return well(
        `Repaired: ${count(missing)} missing, ${count(extra)} extra, ${count(wrongScore)} with a wrong score, ${count(misplaced)} misplaced, ${count(renamed)} renamed.`,
      );
    }
  }
}

function well(result: string): OperatorActionEnd {
  return { status: 'done', result };
}

function tickEnd(outcome: WithDates<TickOutcome>): OperatorActionEnd {
  const isDone =
    (outcome.kind === 'ran' && outcome.report.end !== 'failed' && outcome.report.end !== 'lost') ||
    outcome.kind === 'done';
  return { status: isDone ? 'done' : 'failed', result: tickText(outcome) };
}

/** Returns the outcome of a tick as a sentence. */
function tickText(outcome: WithDates<TickOutcome>): string {
  switch (outcome.kind) {
    case 'ran': {
      const { end, processed, failedItems, durationMs, error } = outcome.report;
      const cause = error === undefined ? '' : `: ${errorText(error)}`;
      return `${end} after ${duration(durationMs)}, ${counted(processed, 'item')}, ${counted(failedItems, 'failed item')}${cause}`;
    }
    case 'done':
      return `nothing to do: the tick is recorded as ${outcome.status} already`;
    case 'held':
      return `instance ${outcome.instanceId} is working on the tick ${iso(outcome.tick)} of this job; try again in ${duration(outcome.retryInMs)}`;
    case 'paused':
      return 'the job is paused; resume it first';
    case 'ahead':
      return `too early by the clock of the store; try again in ${duration(outcome.retryInMs)}`;
    case 'stopped':
      return 'this host is stopping; try another one';
  }
}

function backfillEnd(ticks: readonly WithDates<BackfilledTick>[]): OperatorActionEnd {
  const ran = ticks.filter(({ outcome }) => outcome.kind === 'ran');
  const failed = ran.filter(({ outcome }) => outcome.kind === 'ran' && outcome.report.end === 'failed');
  const last = ticks.at(-1);
  const hasStopped = last !== undefined && last.outcome.kind !== 'ran' && last.outcome.kind !== 'done';
  const lines = ran.slice(0, 50).map(({ tick, outcome }) => `${utc(instant(tick))} ${tickText(outcome)}`);
  const summary = `${counted(ticks.length, 'tick')} of the span, ${count(ran.length)} ran now, ${count(failed.length)} of them failed.`;
  const stop = hasStopped ? [`Stopped at ${utc(instant(last.tick))}: ${tickText(last.outcome)}.`] : [];
  return {
    status: failed.length > 0 || hasStopped ? 'failed' : 'done',
    result: [summary, ...stop, ...lines].join('\n'),
  };
}

function retryEnd(outcome: WithDates<RetryOutcome>): OperatorActionEnd {
  if (outcome.kind !== 'retried') return { status: 'failed', result: tickText(outcome) };
  const { succeeded, failed } = outcome;
  const lines = failed.slice(0, EVENTS_SHOWN).map(({ item, error }) => `${item}: ${error}`);
  return {
    status: failed.length === 0 ? 'done' : 'failed',
    result: [`${counted(succeeded, 'item')} succeeded, ${count(failed.length)} failed again.`, ...lines].join(
      '\n',
    ),
  };
}

function dryRunText({ processed, complete, events }: WithDates<DryRunReport>): string {
  const byType = Map.groupBy(events, ({ type }) => type);
  const counts = [...byType].map(([type, its]) => `${count(its.length)} ${type}`);
  const lines = events
    .slice(0, EVENTS_SHOWN)
    .map(({ type, payload }) => `${type} ${JSON.stringify(payload)}`);
  return [
    `Nothing was changed. It would change ${counted(processed, 'item')}${complete ? '' : ' or more'}, and write ${counts.length > 0 ? counts.join(', ') : 'no events'}.`,
    ...lines,
    ...(events.length > EVENTS_SHOWN ? ['…'] : []),
  ].join('\n');
}

function shortened(text: string): string {
  return text.length > MOST_CHARACTERS
    ? `${text.slice(0, MOST_CHARACTERS - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
    : text;
}
