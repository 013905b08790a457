import { StoreUnavailableError, type Logger } from '@gamekeeper/core';
import { errorText } from '@gamekeeper/core/engine';
import {
  engineTokens,
  optionalTokens,
  provide,
  type HostModule,
  type OpenContext,
} from '@gamekeeper/core/ports';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { PgBoss } from 'pg-boss';
import { PgBossCourier } from './pg-boss-courier.ts';
import { checkedOptions, type PgBossLike, type PgBossSchedulerOptions } from './pg-boss-options.ts';

/** How long the host waits for its own pg-boss to stop. Nothing is in progress there by then. Milliseconds. */
const STOP_MS = 2_000;
const CONNECTIONS = 4;

/**
 * Returns a module in place of `cronerScheduler()`: runs and shards are carried to all hosts by pg-boss 12. Ticks still
 * come from Gamekeeper's schedules, and the ledger decides what runs.
 *
 * @throws {InvalidOptionError} naming the invalid option
 * @example
 * createJobHost({ modules: [postgresAdapters({ url }), pgBossScheduler({ url })] });
 */
export function pgBossScheduler(options: PgBossSchedulerOptions): HostModule {
  const checked = checkedOptions(options);
  const own = 'url' in options ? ownBoss(options) : null;
  const boss: PgBossLike = own ?? (options as { readonly boss: PgBossLike }).boss;
  let log: Logger | undefined;
  // An event `error` without a listener would end the process.
  const onError = (error: unknown): void =>
    log?.warn('pg-boss has reported an error; the bell sends again what it loses', {
      error: errorText(error),
    });
  return {
    name: '@gamekeeper/scheduler-pgboss',
    bindings: [
      ...cronerScheduler().bindings.map((binding) => ({ ...binding, fallback: true })),
      provide(
        optionalTokens.courier,
        [engineTokens.clock],
        (clock) => new PgBossCourier(boss, checked, clock),
      ),
    ],
    open: async ({ logger }: OpenContext) => {
      log = logger;
      boss.on('error', onError);
      if (own) await started(own);
    },
    close: async () => {
      if (own) await own.stop({ graceful: true, timeout: STOP_MS });
      boss.off('error', onError);
    },
  };
}

function ownBoss({ url, schema = 'pgboss' }: { readonly url: string; readonly schema?: string }): PgBoss {
  return new PgBoss({
    connectionString: url,
    schema,
    max: CONNECTIONS,
    application_name: 'gamekeeper pg-boss',
    useListenNotify: true,
    // Ticks come from Gamekeeper's schedules.
    schedule: false,
  });
}

async function started(boss: PgBoss): Promise<void> {
  try {
    await boss.start();
  } catch (error) {
    await boss.stop({ graceful: false }).catch(() => undefined);
    throw new StoreUnavailableError('The database of pg-boss', error);
  }
}
