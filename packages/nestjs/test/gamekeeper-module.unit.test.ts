import { JobHost } from '@gamekeeper/composition';
import {
  Gameplay,
  GamekeeperError,
  Leaderboards,
  PlayerLives,
  PlayerStreaks,
  Players,
  StoreUnavailableError,
  UnknownBoardError,
} from '@gamekeeper/core';
import { memoryStore, memoryAdapters, VirtualClock } from '@gamekeeper/testkit';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { Logger, Module, type ArgumentsHost, type DynamicModule, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  GamekeeperExceptionFilter,
  GamekeeperHealthIndicator,
  GamekeeperModule,
  nestLogger,
  type GamekeeperModuleOptions,
} from '../src/index.ts';
import { inMemory, injectable, start } from './applications.ts';

afterEach(() => vi.restoreAllMocks());

describe('GamekeeperModule', () => {
  it('lets every module inject host and services by their classes', async () => {
    class Shop {
      readonly given: readonly unknown[];

      constructor(...given: readonly unknown[]) {
        this.given = given;
      }
    }
    class ShopModule {}
    injectable(Shop, JobHost, Gameplay, PlayerLives, PlayerStreaks, Players, Leaderboards);
    Module({ providers: [Shop] })(ShopModule);
    const app = await start({ imports: [ShopModule] });
    const host = app.get(JobHost);
    expect(app.get(Shop).given).toEqual([
      host,
      host.gameplay,
      host.lives,
      host.streaks,
      host.players,
      host.leaderboards,
    ]);
    expect(host).toBeInstanceOf(JobHost);
    await app.close();
  });

  it('starts the host with the application, and stops it when that is closed', async () => {
    const app = await start({});
    const host = app.get(JobHost);
    expect(host.state).toBe('running');
    await app.close();
    expect(host.state).toBe('stopped');
  });

  it('starts the host after all other modules, and stops it before them', async () => {
    const seen: string[] = [];
    class Database {
      readonly #host: JobHost;

      constructor(host: JobHost) {
        this.#host = host;
      }

      onModuleInit = () => void seen.push(`init ${this.#host.state}`);
      onApplicationBootstrap = () => void seen.push(`bootstrap ${this.#host.state}`);
      beforeApplicationShutdown = () => void seen.push(`before shutdown ${this.#host.state}`);
      onApplicationShutdown = () => void seen.push(`shutdown ${this.#host.state}`);
    }
    injectable(Database, JobHost);
    for (const [global, depth] of [
      [false, 1],
      [false, 3],
      [true, 1],
    ] as const) {
      class DatabaseModule {}
      const database = { module: DatabaseModule, global, providers: [Database] };
      let nested: DynamicModule = database;
      for (let level = 1; level < depth; level += 1) nested = { module: class Outer {}, imports: [nested] };
      const app = await start({ imports: [nested] });
      await app.close();
      expect(seen.splice(0)).toEqual([
        'init new',
        'bootstrap new',
        'before shutdown running',
        'shutdown stopped',
      ]);
    }
  });

  it('only opens the host with start: false', async () => {
    const app = await start({}, { start: false });
    expect(app.get(JobHost).state).toBe('open');
    await app.close();
    expect(app.get(JobHost).state).toBe('stopped');
  });

  it('takes options from a factory with what it injects', async () => {
    class Config {
      readonly start = false;
    }
    class ConfigModule {}
    class AppModule {}
    Module({ providers: [Config], exports: [Config] })(ConfigModule);
    const gamekeeper = GamekeeperModule.forRootAsync({
      imports: [ConfigModule],
      inject: [Config],
      useFactory: async ({ start }: Config) => inMemory({ start }),
    });
    Module({ imports: [gamekeeper] })(AppModule);
    const app = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
    expect(app.get(JobHost).state).toBe('open');
    await app.close();
  });

  it.each<[string, object, string]>([
    ['an unknown option', { startt: true }, 'Unknown option startt'],
    ['a start that is no truth value', { start: 'no' }, 'Option start must be true or false; got "no".'],
    ['modules that are none', { modules: 'postgres' }, 'Option modules must be a list'],
    ['a module that was not called', { modules: [cronerScheduler] }, 'modules[0]'],
    [
      'a dead-letter rule that is wrong',
      { deadLetter: { attempts: 3 } },
      'Unknown option deadLetter.attempts',
    ],
    ['jobs that are no list', { jobs: {} }, 'Option jobs must be a list'],
  ])('refuses %s by name', async (_, options, message) => {
    await expect(start({}, options as Partial<GamekeeperModuleOptions>)).rejects.toThrow(message);
  });

  it('fails the start of the application when the host cannot start', async () => {
    const store = memoryAdapters();
    const failing = { ...store, name: 'failing', open: () => Promise.reject(new Error('no database')) };
    await expect(start({}, { modules: [failing, cronerScheduler()] })).rejects.toThrow('no database');
  });
});

describe('GamekeeperHealthIndicator', () => {
  it('is what Terminus expects, up and down', async () => {
    const clock = new VirtualClock('2026-11-24T10:00:00Z');
    const modules = [memoryAdapters(memoryStore(clock)), cronerScheduler()];
    const app = await start({ imports: [TerminusModule] }, { clock, modules, start: false });
    const check = () =>
      app.get(HealthCheckService).check([() => app.get(GamekeeperHealthIndicator).isHealthy('gamekeeper')]);
    expect(await check()).toMatchObject({
      status: 'ok',
      info: { gamekeeper: { status: 'up', health: 'healthy', trouble: [] } },
    });
    await clock.advanceBy(3 * 3_600_000);
    await expect(check()).rejects.toMatchObject({
      status: 503,
      response: {
        status: 'error',
        error: {
          gamekeeper: {
            status: 'down',
            health: 'unhealthy',
            trouble: expect.arrayContaining([{ job: 'life-regeneration', verdict: 'never-ran' }]) as unknown,
          },
        },
      },
    });
    await app.close();
  });
});

describe('GamekeeperExceptionFilter', () => {
  const http = (type: string) =>
    ({
      getType: () => type,
      switchToHttp: () => ({ getResponse: () => 'the response' }),
    }) as unknown as ArgumentsHost;

  function filter() {
    const sent: unknown[] = [];
    const httpAdapter = {
      setHeader: (...given: unknown[]) => sent.push(given),
      reply: (...given: unknown[]) => sent.push(given),
    };
    return { sent, filter: new GamekeeperExceptionFilter({ httpAdapter } as never) };
  }

  it('responds with problem details, and logs only faults of the backend', () => {
    const logged = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const { sent, filter: its } = filter();
    its.catch(new UnknownBoardError('daily', ['weekly']), http('http'));
    expect(sent).toEqual([
      ['the response', 'content-type', 'application/problem+json'],
      ['the response', expect.stringContaining('"code":"UNKNOWN_BOARD"'), 404],
    ]);
    expect(logged).not.toHaveBeenCalled();
    its.catch(new StoreUnavailableError('postgres://game:s3cret@db/game is away', {}), http('http'));
    expect(sent.at(-1)).toEqual(['the response', expect.not.stringContaining('detail'), 503]);
    expect(logged).toHaveBeenCalledWith(expect.not.stringContaining('s3cret'), expect.anything());
  });

  it('leaves errors outside of HTTP to others', () => {
    const error = new GamekeeperError('INVALID_OPTION', 'wrong');
    expect(() => filter().filter.catch(error, http('graphql'))).toThrow(error);
  });
});

describe('nestLogger', () => {
  it('writes one line per message at the level of Nest', () => {
    const lines: string[] = [];
    const write = (level: string) => (line: string) => void lines.push(`${level} ${line}`);
    const nest: LoggerService = { log: write('log'), warn: write('warn'), error: write('error') };
    const logger = nestLogger(nest);
    logger.debug('left out without a method for it');
    logger.info('run succeeded', { job: 'digest', processed: 12 });
    logger.warn('slow');
    logger.error('failed', { error: 'it "fell" over' });
    expect(lines).toEqual([
      'log run succeeded job=digest processed=12',
      'warn slow',
      String.raw`error failed error="it \"fell\" over"`,
    ]);
  });
});
