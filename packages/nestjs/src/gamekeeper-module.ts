import { JobHost } from '@gamekeeper/composition';
import { Gameplay, Leaderboards, PlayerLives, PlayerStreaks, Players } from '@gamekeeper/core';
import { givenFunction, givenObject, knownOptions } from '@gamekeeper/core/engine';
import {
  Module,
  type DynamicModule,
  type FactoryProvider,
  type InjectionToken,
  type ModuleMetadata,
  type Provider,
} from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, HttpAdapterHost } from '@nestjs/core';
import { createNestHost, type NestHost } from './create-host.ts';
import { GamekeeperExceptionFilter } from './exception-filter.ts';
import type { GamekeeperModuleOptions } from './gamekeeper-options.ts';
import { GamekeeperHealthIndicator } from './health-indicator.ts';
import { lifecycleModule } from './host-lifecycle.ts';

/** Options of `GamekeeperModule.forRootAsync`. */
export interface GamekeeperModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  /** What `useFactory` receives, in this order. */
  readonly inject?: FactoryProvider['inject'];
  /** Returns the options of the module. */
  readonly useFactory: (...injected: never[]) => GamekeeperModuleOptions | Promise<GamekeeperModuleOptions>;
}

const OPTIONS = Symbol('GamekeeperModuleOptions');
const NEST_HOST = Symbol('NestHost');

/**
 * Gamekeeper in an application of Nest. Every module can inject `JobHost`, `Gameplay`, `PlayerLives`, `PlayerStreaks`,
 * `Players`, `Leaderboards` and {@link GamekeeperHealthIndicator}, by their classes. The host starts when the application is
 * initialized, and stops when it is closed: call `app.enableShutdownHooks()`.
 */
export class GamekeeperModule {
  /**
   * @example
   * GamekeeperModule.forRoot({ modules: [postgresAdapters({ url }), cronerScheduler()] });
   */
  static forRoot(options: GamekeeperModuleOptions): DynamicModule {
    givenObject('options', options, 'must be an object with modules');
    return moduleOf([], { provide: OPTIONS, useValue: options });
  }

  /**
   * @throws {InvalidOptionError}
   * @example
   * GamekeeperModule.forRootAsync({
   *   inject: [ConfigService],
   *   useFactory: (config: ConfigService) => ({
   *     modules: [postgresAdapters({ url: config.getOrThrow('DATABASE_URL') }), cronerScheduler()],
   *   }),
   * });
   */
  static forRootAsync(options: GamekeeperModuleAsyncOptions): DynamicModule {
    const {
      imports = [],
      inject = [],
      useFactory,
    } = knownOptions(options, ['imports', 'inject', 'useFactory']);
    givenFunction('useFactory', useFactory, 'must be a function that returns the options');
    return moduleOf(imports, {
      provide: OPTIONS,
      inject,
      useFactory: useFactory as FactoryProvider['useFactory'],
    });
  }
}

Module({})(GamekeeperModule);

function moduleOf(imports: ModuleMetadata['imports'] & {}, options: Provider): DynamicModule {
  const services = [
    provide(JobHost, ({ host }) => host),
    provide(Gameplay, ({ host }) => host.gameplay),
    provide(PlayerLives, ({ host }) => host.lives),
    provide(PlayerStreaks, ({ host }) => host.streaks),
    provide(Players, ({ host }) => host.players),
    provide(Leaderboards, ({ host }) => host.leaderboards),
    provide(GamekeeperHealthIndicator, ({ host }) => new GamekeeperHealthIndicator(host)),
  ];
  const filter = {
    provide: GamekeeperExceptionFilter,
    inject: [HttpAdapterHost],
    useFactory: (adapters: HttpAdapterHost) => new GamekeeperExceptionFilter(adapters),
  };
  return {
    module: GamekeeperModule,
    global: true,
    imports: [DiscoveryModule, lifecycleModule(NEST_HOST), ...imports],
    providers: [
      options,
      { provide: NEST_HOST, inject: [OPTIONS, DiscoveryService], useFactory: createNestHost },
      ...services,
      filter,
    ],
    exports: [NEST_HOST, ...services.map(({ provide }) => provide), GamekeeperExceptionFilter],
  };
}

function provide<Service>(token: InjectionToken<Service>, of: (nest: NestHost) => Service) {
  return { provide: token, inject: [NEST_HOST], useFactory: of };
}
