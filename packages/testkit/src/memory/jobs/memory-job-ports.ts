import type { MemoryDatabase } from '../transactions/memory-database.ts';
import { MemoryJobRegistry } from './memory-job-registry.ts';
import { MemoryJobTables } from './memory-job-tables.ts';
import { MemoryRunLedger } from './memory-run-ledger.ts';
import { MemoryRunOverview } from './memory-run-overview.ts';
import { MemoryShardLedger } from './memory-shard-ledger.ts';
import { MemoryStoreTime } from './memory-store-time.ts';
import { MemoryVerdictLog } from '../health/memory-verdict-log.ts';

/** The ports of the job engine and its health in memory. */
export interface MemoryJobPorts {
  readonly ledger: MemoryRunLedger;
  readonly runOverview: MemoryRunOverview;
  readonly shardLedger: MemoryShardLedger;
  readonly jobRegistry: MemoryJobRegistry;
  readonly verdictLog: MemoryVerdictLog;
  readonly storeTime: MemoryStoreTime;
}

/** Creates them on new, empty tables in one database. */
export function memoryJobPorts(database: MemoryDatabase): MemoryJobPorts {
  const tables = new MemoryJobTables(database);
  return {
    ledger: new MemoryRunLedger(tables),
    runOverview: new MemoryRunOverview(tables),
    shardLedger: new MemoryShardLedger(tables),
    jobRegistry: new MemoryJobRegistry(tables),
    verdictLog: new MemoryVerdictLog(tables),
    storeTime: new MemoryStoreTime(database),
  };
}
