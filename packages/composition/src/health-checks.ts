import { InvalidOptionError, type HealthCheck, type ScheduledJob } from '@gamekeeper/core';
import {
  optionalTokens,
  engineTokens,
  gameTokens,
  type Courier,
  type HostModule,
  type Token,
} from '@gamekeeper/core/ports';
import { clockCheck, courierCheck, outboxCheck } from '@gamekeeper/core/engine';
import { boardCheck, resetJobName } from '@gamekeeper/core/game';
import type { Container } from 'inversify';
import type { CheckedOptions } from './host-options.ts';
import { resolveIfBound } from './wiring.ts';

interface CheckSources {
  readonly container: Container;
  readonly modules: readonly HostModule[];
  readonly port: <T>(token: Token<T>) => T;
  readonly checked: CheckedOptions;
  /** The jobs of the host, including disabled ones. */
  readonly jobs: readonly (ScheduledJob & { readonly enabled: boolean })[];
}

/**
 * Returns the checks of a host: its outbox if a bus is bound, its leaderboards, the clocks of the instances, and the
 * checks of its modules and its options.
 *
 * @throws {InvalidOptionError} for an invalid check, or one with the name of a job or of another check
 */
export function healthChecks(sources: CheckSources): readonly HealthCheck[] {
  const { modules, port, checked, jobs } = sources;
  const contributed = modules.flatMap(({ healthChecks: checks }) => checks?.(port) ?? []);
  const own = checked.health.checks.map((check) => (typeof check === 'function' ? check(port) : check));
  const all = [...builtInChecks(sources), ...contributed, ...own];
  const names = [...jobs.map(({ job }) => job.name), ...all.map((check) => check?.name)];
  all.forEach((check, index) => assertCheck(check, names.slice(0, jobs.length + index)));
  return all;
}

function builtInChecks(sources: CheckSources): readonly HealthCheck[] {
  const { container, port, checked, jobs } = sources;
  const { outbox, boards } = checked.health;
  const periodResets = port(gameTokens.periodResets);
  const ledger = port(engineTokens.ledger);
  const jobRegistry = port(engineTokens.jobRegistry);
  const courier = resolveIfBound(container, optionalTokens.courier);
  const hasBus = container.isBound(optionalTokens.eventBus.symbol);
  return [
    clockCheck(port(engineTokens.skewedInstances)),
    ...(hasBus ? [outboxCheck(port(engineTokens.outboxPartitions), outbox)] : []),
    ...(courier ? [checkOfCourier(courier, sources)] : []),
    // Skip boards whose reset job is disabled here: hosts that run the job check them.
    ...checked.boards.flatMap((board) => {
      const reset = jobs.find(({ job }) => job.name === resetJobName(board));
      return reset?.enabled
        ? [boardCheck(board, { periodResets, ledger, jobRegistry, reset, ...boards })]
        : [];
    }),
  ];
}

function checkOfCourier(courier: Courier, { container, port, checked, jobs }: CheckSources): HealthCheck {
  const shardLedger = resolveIfBound(container, optionalTokens.shardLedger);
  return courierCheck(courier, {
    ...checked.health.courier,
    jobs: jobs.filter(({ enabled }) => enabled),
    ports: {
      jobRegistry: port(engineTokens.jobRegistry),
      ledger: port(engineTokens.ledger),
      runOverview: port(engineTokens.runOverview),
      storeTime: port(engineTokens.storeTime),
      ...(shardLedger && { shardLedger }),
    },
    clock: port(engineTokens.clock),
  });
}

function assertCheck(check: HealthCheck | null | undefined, taken: readonly string[]): void {
  if (typeof check?.name !== 'string' || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(check.name)) {
    throw new InvalidOptionError(
      'health.checks.name',
      check?.name,
      'must be lower-case words joined by hyphens, such as "payment-queue"',
    );
  }
  const judge: unknown = Reflect.get(check, 'judge');
  if (typeof judge !== 'function') {
    throw new InvalidOptionError(
      `health.checks.${check.name}.judge`,
      judge,
      'must be a function that returns the health of the check',
    );
  }
  if (taken.includes(check.name)) {
    throw new InvalidOptionError(
      'health.checks',
      check.name,
      'must have names that no job and no other check has',
    );
  }
}
