import type { Clock, Logger } from '@gamekeeper/core';
import { errorText } from '@gamekeeper/core/engine';
import {
  engineTokens,
  optionalTokens,
  provide,
  type HostModule,
  type OpenContext,
} from '@gamekeeper/core/ports';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { openConnections, type BullMqConnections } from './bull-mq-connections.ts';
import { BullMqCourier } from './bull-mq-courier.ts';
import { checkedOptions, type BullMqSchedulerOptions } from './bull-mq-options.ts';

/**
 * Returns a module in place of `cronerScheduler()`: runs and shards are carried to all hosts by BullMQ 6. Ticks still
 * come from Gamekeeper's schedules, and the ledger decides what runs.
 *
 * The host starts also while Redis is away, and works without it: see "When the queue is away" in the docs on scale.
 *
 * @throws {InvalidOptionError} naming the invalid option
 * @example
 * createJobHost({ modules: [postgresAdapters({ url }), bullMqScheduler({ url: 'redis://localhost:6379' })] });
 */
export function bullMqScheduler(options: BullMqSchedulerOptions): HostModule {
  const { keyPrefix } = checkedOptions(options);
  let connections: BullMqConnections | undefined;
  let log: Logger | undefined;
  const onError = (error: Error): void =>
    log?.debug('BullMQ has reported an error; the bell sends again what it loses', {
      error: errorText(error),
    });
  let courier: BullMqCourier | undefined;
  const create = (clock: Clock): BullMqCourier =>
    (courier = new BullMqCourier({
      connections: () => {
        if (!connections) throw new Error('the host is not open');
        return connections;
      },
      keyPrefix,
      onError,
      clock,
    }));
  return {
    name: '@gamekeeper/scheduler-bullmq',
    bindings: [
      ...cronerScheduler().bindings.map((binding) => ({ ...binding, fallback: true })),
      provide(optionalTokens.courier, [engineTokens.clock], create),
    ],
    open: async ({ logger }: OpenContext) => {
      log = logger;
      connections = openConnections(options);
      for (const client of [connections.sending, connections.working]) client.on('error', onError);
    },
    close: async () => {
      await courier?.close();
      connections?.disconnect();
    },
  };
}
