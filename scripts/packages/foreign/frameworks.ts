import { createJobHost, JobHost } from '@gamekeeper/composition';
import { Gameplay, silentLogger, type BatchProgress } from '@gamekeeper/core';
import { gamekeeper } from '@gamekeeper/fastify';
import { GameJob, GamekeeperModule } from '@gamekeeper/nestjs';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { memoryAdapters } from '@gamekeeper/testkit';
import { Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import fastify from 'fastify';

// What backends on NestJS and Fastify do. Decorators are called as functions, since Node erases types only.
class Digests {
  readonly gameplay: Gameplay;

  constructor(gameplay: Gameplay) {
    this.gameplay = gameplay;
  }

  async send(): Promise<BatchProgress> {
    return { processed: this.gameplay instanceof Gameplay ? 1 : 0, next: null };
  }
}
Injectable()(Digests);
Inject(Gameplay)(Digests, undefined, 0);
const send = Object.getOwnPropertyDescriptor(Digests.prototype, 'send') as TypedPropertyDescriptor<
  Digests['send']
>;
GameJob({ name: 'digest', schedule: { cron: '0 * * * *' } })(Digests.prototype, 'send', send);

class AppModule {}
const options = { modules: [memoryAdapters(), cronerScheduler()], logger: silentLogger };
Module({ imports: [GamekeeperModule.forRoot({ ...options, start: false })], providers: [Digests] })(
  AppModule,
);
const nest = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
await nest.get(JobHost).runNow('digest');
const [run] = await nest.get(JobHost).runs('digest');
if (run?.status !== 'succeeded' || run.processed !== 1) throw new Error(`NestJS: ${JSON.stringify(run)}`);
await nest.close();
console.log('in NestJS');

const app = fastify();
await app.register(gamekeeper, { host: createJobHost(options), health: {} });
app.get('/boards/:board', () => app.host.leaderboards.top('daily'));
const health = await app.inject('/healthz');
const board = await app.inject('/boards/daily');
if (health.statusCode !== 200 || board.statusCode !== 404)
  throw new Error(`Fastify: ${health.statusCode} ${health.body}, ${board.statusCode} ${board.body}`);
await app.close();
console.log('in Fastify');
