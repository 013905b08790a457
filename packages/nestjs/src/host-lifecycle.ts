import {
  Module,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, ModulesContainer } from '@nestjs/core';
import type { NestHost } from './create-host.ts';
import { assertServed } from './discovery.ts';
import { gameJobs } from './game-job.ts';
import { eventHandlers } from './on-game-event.ts';

/** Starts the host once every module is initialized, and stops it once the server takes no more requests. */
export class HostLifecycle implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #nest: NestHost;
  readonly #discovery: DiscoveryService;

  constructor(nest: NestHost, discovery: DiscoveryService) {
    this.#nest = nest;
    this.#discovery = discovery;
  }

  async onApplicationBootstrap(): Promise<void> {
    const { host, start, jobs, handlers } = this.#nest;
    assertServed(this.#discovery, gameJobs, jobs);
    assertServed(this.#discovery, eventHandlers, handlers);
    await (start ? host.start() : host.open());
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#nest.host.stop();
  }
}

/** Has the lifecycle alone, so that its hooks have a place of their own among those of all modules. */
class HostLifecycleModule {}

Module({})(HostLifecycleModule);

/** Returns the module that starts and stops the host, which a global module provides by `token`. */
export function lifecycleModule(token: symbol): DynamicModule {
  return {
    module: HostLifecycleModule,
    imports: [DiscoveryModule],
    providers: [
      {
        provide: HostLifecycle,
        inject: [token, DiscoveryService, ModulesContainer],
        useFactory: (nest: NestHost, discovery: DiscoveryService, modules: ModulesContainer) => {
          startLastStopFirst(modules);
          return new HostLifecycle(nest, discovery);
        },
      },
    ],
  };
}

/**
 * Nest calls the hooks of modules by their distance from the root. Jobs and handlers may need any other module: those
 * must be there before the host starts, and until it has stopped.
 */
function startLastStopFirst(modules: ModulesContainer): void {
  for (const module of modules.values()) if (module.metatype === HostLifecycleModule) module.distance = -1;
}
