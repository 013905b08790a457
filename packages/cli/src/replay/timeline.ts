import type { Instant, ScheduledJob } from '@gamekeeper/core';
import type { Quiz } from './activity.ts';

/** One event of a replay's timeline. */
export type TimelineEvent =
  | { readonly kind: 'tick'; readonly at: Instant; readonly job: string }
  | {
      readonly kind: 'start' | 'completion';
      readonly at: Instant;
      readonly row: number;
      readonly quiz: Quiz;
    };

/** An action of a player. */
export type Action = Exclude<TimelineEvent, { readonly kind: 'tick' }>;

/**
 * Yields all events in `(from, to]` in order of time. At one instant, ticks come first, in the order of the jobs; then
 * actions in the order of the rows, a start before its completion. Actions at `from` are included, ticks at `from` are
 * not.
 */
export function* timeline(
  jobs: readonly ScheduledJob[],
  quizzes: readonly Quiz[],
  from: Instant,
  to: Instant,
): Generator<TimelineEvent> {
  const sources = jobs.map(({ job, schedule }) => {
    const ticks = schedule.between(from, to)[Symbol.iterator]();
    return { job: job.name, ticks, next: ticks.next() };
  });
  const actions = actionsOf(quizzes, from, to);
  let action = 0;
  for (;;) {
    // Among equal instants the first source wins: sources are in the order of the jobs.
    let first: (typeof sources)[number] | undefined;
    for (const source of sources) {
      if (
        !source.next.done &&
        (first === undefined || first.next.done || source.next.value < first.next.value)
      ) {
        first = source;
      }
    }
    const tick = first?.next.done === false ? first.next.value : null;
    const nextAction = actions[action];
    if (first && tick !== null && (!nextAction || tick <= nextAction.at)) {
      yield { kind: 'tick', at: tick, job: first.job };
      first.next = first.ticks.next();
    } else if (nextAction) {
      yield nextAction;
      action += 1;
    } else {
      return;
    }
  }
}

function actionsOf(quizzes: readonly Quiz[], from: Instant, to: Instant): readonly Action[] {
  return quizzes
    .flatMap((quiz, row) => [
      { kind: 'start' as const, at: quiz.startedAt, row, quiz },
      ...(quiz.completedAt === null
        ? []
        : [{ kind: 'completion' as const, at: quiz.completedAt, row, quiz }]),
    ])
    .filter(({ at }) => at >= from && at <= to)
    .sort((a, b) => a.at - b.at || a.row - b.row || (a.kind === b.kind ? 0 : a.kind === 'start' ? -1 : 1));
}
