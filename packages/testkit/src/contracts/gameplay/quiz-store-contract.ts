import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';
import { quizCompletions } from './quiz-completions.ts';
import { quizHistories } from './quiz-histories.ts';
import { quizStarts } from './quiz-starts.ts';
import type { QuizzesHarness } from './quizzes-harness.ts';

/**
 * Returns the contract of `QuizStore` as test cases.
 *
 * @example
 * runContract(quizStoreContract({ create: emptyStore }), it);
 */
export function quizStoreContract(options: ContractOptions<QuizzesHarness>): readonly ContractCase[] {
  return contractCases<QuizzesHarness>(options, [...quizStarts, ...quizCompletions, quizHistories]);
}
