import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Answer } from './quizzes/answer.entity';

/** The database of the backend. `@nestjs/typeorm` does the same with `TypeOrmModule.forRoot`. */
@Module({
  providers: [
    {
      provide: DataSource,
      useFactory: () =>
        new DataSource({
          type: 'postgres',
          url: process.env['DATABASE_URL'],
          schema: process.env['APP_SCHEMA'] ?? 'public',
          entities: [Answer],
          // A real backend has migrations.
          synchronize: true,
        }).initialize(),
    },
  ],
  exports: [DataSource],
})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(private readonly dataSource: DataSource) {}

  async onApplicationShutdown(): Promise<void> {
    await this.dataSource.destroy();
  }
}
