import type { JobHost } from '@gamekeeper/composition';
import { silentLogger } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock, memoryAdapters } from '@gamekeeper/testkit';
import {
  Inject,
  Injectable,
  Module,
  type INestApplicationContext,
  type ModuleMetadata,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GamekeeperModule, type GamekeeperModuleOptions } from '../src/index.ts';

/** A class as Nest knows it. */
export type Class<T = object> = new (...args: never[]) => T;

/** The options of a host in memory. */
export function inMemory(options: Partial<GamekeeperModuleOptions> = {}): GamekeeperModuleOptions {
  return {
    modules: [memoryAdapters(), cronerScheduler()],
    clock: new VirtualClock('2026-11-24T10:00:00Z'),
    logger: silentLogger,
    ...options,
  };
}

/** Makes a class injectable with these dependencies, as `@Injectable()` and the types of a constructor do. */
export function injectable(provider: Class, ...dependencies: readonly unknown[]): void {
  Injectable()(provider);
  for (const [index, token] of dependencies.entries()) Inject(token as never)(provider, undefined, index);
}

/** Decorates a method, as `@decorator` above it does. */
export function decorate(
  provider: Class,
  method: string,
  decorator: (target: object, method: string, descriptor: never) => void,
): void {
  const { prototype } = provider as { readonly prototype: object };
  decorator(prototype, method, Object.getOwnPropertyDescriptor(prototype, method) as never);
}

/** Starts an application with a host in memory. */
export async function start(
  metadata: ModuleMetadata,
  options: Partial<GamekeeperModuleOptions> = {},
): Promise<INestApplicationContext> {
  class AppModule {}
  const imports = [GamekeeperModule.forRoot(inMemory(options)), ...(metadata.imports ?? [])];
  Module({ ...metadata, imports })(AppModule);
  return NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
}

/** Runs a job for its newest tick. */
export async function run(host: JobHost, job: string): Promise<string> {
  return (await host.runNow(job)).kind;
}
