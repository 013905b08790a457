import { InvalidOptionError } from '@gamekeeper/core';
import { engineTokens, optionalTokens, type Courier } from '@gamekeeper/core/ports';
import { InProcessCourier } from '@gamekeeper/core/engine';
import type { Container } from 'inversify';
import type { CheckedOptions } from './host-options.ts';
import { resolve, resolveIfBound } from './wiring.ts';

/**
 * Returns the courier of a host: the one that a module binds, or one within this process.
 *
 * @throws {InvalidOptionError} if the host could not do what its role says
 */
export function courierOf(container: Container, { role }: Pick<CheckedOptions, 'role'>): Courier {
  const courier =
    resolveIfBound(container, optionalTokens.courier) ??
    new InProcessCourier(resolve(container, engineTokens.clock));
  if (role !== 'both' && !courier.supports.shared)
    throw new InvalidOptionError(
      'engine.role',
      role,
      'must be "both" without a module that carries work between hosts, such as pgBossScheduler(…)',
    );
  return courier;
}
