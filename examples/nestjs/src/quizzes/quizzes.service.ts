import { postgresTransaction } from '@gamekeeper/adapters-postgres';
import { Gameplay, sessionId, userId, type CompleteQuizResult, type StartQuizResult } from '@gamekeeper/core';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Answer } from './answer.entity';

@Injectable()
export class QuizzesService {
  constructor(
    private readonly gameplay: Gameplay,
    private readonly dataSource: DataSource,
  ) {}

  start(player: string, name: string): Promise<StartQuizResult> {
    return this.gameplay.startQuiz({ userId: userId(player), username: name });
  }

  /** Stores the answers and completes the quiz in one transaction: both happen, or neither. */
  async complete(quiz: string, answers: string[], xp: number): Promise<CompleteQuizResult> {
    const completed = await this.dataSource.transaction(async (manager) => {
      const tx = postgresTransaction(manager);
      const result = await this.gameplay.completeQuiz({ sessionId: sessionId(quiz), xp }, { tx });
      if (result.ok) await manager.insert(Answer, { quiz, answers });
      return result;
    });
    // The boards are updated after the commit.
    if (completed.ok) await this.gameplay.updateCachedScores(completed.award);
    return completed;
  }
}
