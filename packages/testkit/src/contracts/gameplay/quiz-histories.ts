import { MINUTE_MS, addMs, userId, type UserId } from '@gamekeeper/core';
import { ComposedQuizStore, type QuizStore } from '@gamekeeper/core/ports';
import fc from 'fast-check';
import { deepEqual } from '../assertions.ts';
import type { Sentence } from '../contract.ts';
import { monday } from '../leaderboards/rankings-harness.ts';
import { completeIn, everything, startIn, type QuizzesHarness } from './quizzes-harness.ts';

const crowd: readonly UserId[] = ['ada', 'bob', 'cyd'].map((name) => userId(name));

interface Step {
  readonly do: 'start' | 'complete';
  readonly player: number;
  readonly quiz: number;
  readonly username: string | undefined;
  readonly xp: number;
  readonly award: number;
  readonly minutes: number;
}

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    do: fc.constantFrom('start' as const, 'complete' as const),
    player: fc.nat(2),
    quiz: fc.nat(7),
    username: fc.option(fc.constantFrom('Ada', 'Countess'), { nil: undefined }),
    xp: fc.nat(3),
    award: fc.nat(9),
    minutes: fc.nat(8),
  }),
  { minLength: 1, maxLength: 25, size: 'max' },
);

/** Any history leaves, returns and tells what the same steps on the other repositories do. */
export const quizHistories: Sentence<QuizzesHarness> = {
  name: 'has the effect of the same steps on the other repositories',
  check: async (create, property) => {
    await fc.assert(
      fc.asyncProperty(steps, async (history) => {
        const harness = await create();
        const ours = await played(harness, harness.quizzes, history);
        const other = await create();
        deepEqual(ours, await played(other, new ComposedQuizStore(other), history));
      }),
      property,
    );
  },
};

async function played(
  harness: QuizzesHarness,
  quizzes: QuizStore,
  history: readonly Step[],
): Promise<unknown> {
  const results: unknown[] = [];
  let at = addMs(monday, MINUTE_MS);
  for (const { player, quiz, username, xp, award, minutes, ...step } of history) {
    at = addMs(at, minutes * MINUTE_MS);
    const now = at;
    const result = await harness.transactions.run((tx): Promise<unknown> =>
      step.do === 'start'
        ? startIn(quizzes, tx, {
            player: crowd[player]!,
            quiz: `quiz ${quiz}`,
            at: now,
            ...(username !== undefined && { username }),
          })
        : completeIn(quizzes, tx, { quiz: `quiz ${quiz}`, at: now, xp, award: `award ${award}` }),
    );
    results.push(result);
  }
  return { results, stored: await everything(harness, crowd, at) };
}
