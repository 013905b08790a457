import { MemoryAwardRepository } from './memory-award-repository.ts';
import { MemoryBoardTables } from './memory-board-tables.ts';
import type { MemoryDatabase } from '../transactions/memory-database.ts';
import { MemoryPlayerRecords, type PlayerTables } from '../players/memory-player-records.ts';
import { MemoryPlayerImport } from '../players/memory-player-import.ts';
import { MemoryPendingCacheUpdates } from './memory-pending-cache-updates.ts';
import { MemoryPeriodRepository } from './memory-period-repository.ts';
import { MemoryPeriodResets } from './memory-period-resets.ts';
import { MemoryRankingRepository } from './memory-ranking-repository.ts';
import { MemoryStandingsArchive } from './memory-standings-archive.ts';

/** The leaderboard ports in memory. */
export interface MemoryBoardPorts {
  readonly awards: MemoryAwardRepository;
  readonly periods: MemoryPeriodRepository;
  readonly rankings: MemoryRankingRepository;
  readonly periodResets: MemoryPeriodResets;
  readonly archive: MemoryStandingsArchive;
  readonly pendingCacheUpdates: MemoryPendingCacheUpdates;
  readonly playerImport: MemoryPlayerImport;
  readonly playerRecords: MemoryPlayerRecords;
}

/** Creates them on new, empty tables in one database. */
export function memoryBoardPorts(database: MemoryDatabase, game: PlayerTables): MemoryBoardPorts {
  const tables = new MemoryBoardTables(database, game.players);
  const pendingCacheUpdates = new MemoryPendingCacheUpdates(database);
  const awards = new MemoryAwardRepository(tables);
  return {
    awards,
    periods: new MemoryPeriodRepository(tables),
    rankings: new MemoryRankingRepository(tables),
    periodResets: new MemoryPeriodResets(tables),
    archive: new MemoryStandingsArchive(tables),
    pendingCacheUpdates,
    playerImport: new MemoryPlayerImport(tables, game),
    playerRecords: new MemoryPlayerRecords(tables, awards, { ...game, pendingCacheUpdates }),
  };
}
