import type { Batch, BatchProgress, LeaderboardReset } from '@gamekeeper/core';
import { GameJob, OnGameEvent } from '@gamekeeper/nestjs';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Answer } from './answer.entity';

@Injectable()
export class QuizJobs {
  private readonly logger = new Logger(QuizJobs.name);

  constructor(private readonly dataSource: DataSource) {}

  /** One instance runs each tick, whatever happens to the others. */
  @GameJob({ name: 'answer-count', schedule: { cron: '* * * * * *' }, missedTicks: 'latest' })
  async count({ asOf }: Batch): Promise<BatchProgress> {
    const answers = await this.dataSource.getRepository(Answer).count();
    this.logger.log(`${answers} answers at ${new Date(asOf).toISOString()}`);
    return { processed: answers, next: null };
  }

  @OnGameEvent('LeaderboardReset')
  announce({ payload: { board, period, players } }: LeaderboardReset): void {
    this.logger.log(`${board} ${period} is over: ${players} players`);
  }
}
