import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { DiscoveryService } from '@nestjs/core';
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
