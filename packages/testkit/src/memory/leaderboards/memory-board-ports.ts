import { MemoryAwardRepository } from './memory-award-repository.ts';
import { MemoryBoardTables } from './memory-board-tables.ts';
import type { MemoryDatabase } from '../transactions/memory-database.ts';
import type { MemoryLivesRepository } from '../lives/memory-lives-repository.ts';
import { MemoryPlayerImport } from '../players/memory-player-import.ts';
import type { MemoryStreakRepository } from '../streaks/memory-streak-repository.ts';
import { MemoryPeriodRepository } from './memory-period-repository.ts';
import { MemoryPeriodResets } from './memory-period-resets.ts';
import type { MemoryPlayerRepository } from '../players/memory-player-repository.ts';
import { MemoryRankingRepository } from './memory-ranking-repository.ts';
import { MemoryStandingsArchive } from './memory-standings-archive.ts';

/** The leaderboard ports in memory. */
export interface MemoryBoardPorts {
  readonly awards: MemoryAwardRepository;
  readonly periods: MemoryPeriodRepository;
  readonly rankings: MemoryRankingRepository;
  readonly periodResets: MemoryPeriodResets;
  readonly archive: MemoryStandingsArchive;
  readonly playerImport: MemoryPlayerImport;
}

/** Creates them on new, empty tables in one database. */
export function memoryBoardPorts(
  database: MemoryDatabase,
  game: {
    readonly players: MemoryPlayerRepository;
    readonly lives: MemoryLivesRepository;
    readonly streaks: MemoryStreakRepository;
  },
): MemoryBoardPorts {
  const tables = new MemoryBoardTables(database, game.players);
  return {
    awards: new MemoryAwardRepository(tables),
    periods: new MemoryPeriodRepository(tables),
    rankings: new MemoryRankingRepository(tables),
    periodResets: new MemoryPeriodResets(tables),
    archive: new MemoryStandingsArchive(tables),
    playerImport: new MemoryPlayerImport(tables, game),
  };
}
