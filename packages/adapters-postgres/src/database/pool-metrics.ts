import { type MetricSource } from '@gamekeeper/core/ports';
import { metricLabels } from '@gamekeeper/core/engine';
import { metricCatalogue } from '@gamekeeper/core/game';
import type { MikroORM } from '@mikro-orm/core';

/** The part of a `pg` pool that metrics read. */
export interface ConnectionPool {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  readonly options: { readonly max?: number | undefined };
}

/** Returns the pool of an open MikroORM; `null` without one, as for the embedded database. */
export async function poolOf(orm: MikroORM): Promise<ConnectionPool | null> {
  const connection: { readonly getNativeClient?: () => unknown } = orm.em.getConnection();
  const native = await Promise.resolve(connection.getNativeClient?.()).catch(() => null);
  return hasPoolCounts(native) ? native : null;
}

/** Returns whether a value has the counts of a `pg` pool. */
export function hasPoolCounts(native: unknown): native is ConnectionPool {
  if (typeof native !== 'object' || native === null) return false;
  const { totalCount, idleCount, waitingCount } = native as Partial<ConnectionPool>;
  return [totalCount, idleCount, waitingCount].every((count) => typeof count === 'number');
}

/**
 * Returns the metrics of a pool: open connections, the maximum, and waiting requests. Without a pool they have no
 * values.
 */
export function poolMetrics(pool: () => ConnectionPool | null): readonly MetricSource[] {
  const { postgresConnections, postgresConnectionsMax, postgresConnectionsWaiting } = metricCatalogue;
  const state = (name: string) => ({ [metricLabels.connectionState]: name });
  return [
    {
      metric: postgresConnections,
      read: () => {
        const now = pool();
        if (!now) return [];
        return [
          { labels: state('idle'), value: now.idleCount },
          { labels: state('used'), value: now.totalCount - now.idleCount },
        ];
      },
    },
    {
      metric: postgresConnectionsMax,
      read: () => {
        const max = pool()?.options.max;
        return max === undefined ? [] : [{ value: max }];
      },
    },
    {
      metric: postgresConnectionsWaiting,
      read: () => {
        const now = pool();
        return now ? [{ value: now.waitingCount }] : [];
      },
    },
  ];
}
