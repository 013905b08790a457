import { hostTokens, optionalTokens, engineTokens, type Token } from '@gamekeeper/core/ports';
import { EventRelay } from '@gamekeeper/core/engine';
import type { Container } from 'inversify';
import type { CheckedOptions } from './host-options.ts';
import { resolve } from './wiring.ts';

/** Returns the relay of a host that binds a bus. */
export function eventRelay(
  container: Container,
  port: <T>(token: Token<T>) => T,
  { instanceId, relay }: CheckedOptions,
): EventRelay | null {
  if (!container.isBound(optionalTokens.eventBus.symbol)) return null;
  return new EventRelay({
    ...relay,
    instanceId,
    partitions: port(engineTokens.outboxPartitions),
    bus: resolve(container, optionalTokens.eventBus),
    clock: port(engineTokens.clock),
    logger: port(engineTokens.logger),
    outages: port(hostTokens.outages),
    random: Math.random,
  });
}
