import { defineEntity, p } from '@mikro-orm/core';

/** A row of `quiz_sessions`. */
export const QuizSessionRow = defineEntity({
  name: 'QuizSessionRow',
  tableName: 'quiz_sessions',
  properties: {
    id: p.text().primary(),
    userId: p.text(),
    status: p.text().$type<'active' | 'completed' | 'expired'>(),
    startedAt: p.datetime(3),
    expiresAt: p.datetime(3),
    completedAt: p.datetime(3).nullable(),
  },
});
