import { postgresAdapters } from '@gamekeeper/adapters-postgres';
import { GamekeeperModule } from '@gamekeeper/nestjs';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { DatabaseModule } from './database.module';
import { HealthController } from './health.controller';
import { QuizJobs } from './quizzes/quiz-jobs';
import { QuizzesController } from './quizzes/quizzes.controller';
import { QuizzesService } from './quizzes/quizzes.service';

@Module({
  imports: [
    GamekeeperModule.forRootAsync({
      useFactory: () => ({
        modules: [
          postgresAdapters({
            url: process.env['DATABASE_URL'] ?? '',
            schema: process.env['GAMEKEEPER_SCHEMA'] ?? 'gamekeeper',
          }),
          cronerScheduler(),
        ],
        // Instances that only serve requests have START_JOBS=false.
        start: process.env['START_JOBS'] !== 'false',
      }),
    }),
    DatabaseModule,
    TerminusModule,
  ],
  controllers: [QuizzesController, HealthController],
  providers: [QuizzesService, QuizJobs],
})
export class AppModule {}
