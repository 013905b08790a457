import { GamekeeperExceptionFilter } from '@gamekeeper/nestjs';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module';

async function bootstrap(): Promise<void> {
  const app = await NestFactory.create(AppModule);
  // Without it, SIGTERM ends the process before the host has given its runs back.
  app.enableShutdownHooks();
  app.useGlobalFilters(app.get(GamekeeperExceptionFilter));
  await app.listen(process.env['PORT'] ?? 3000);
  console.log(`listening at ${await app.getUrl()}`);
}

void bootstrap();
