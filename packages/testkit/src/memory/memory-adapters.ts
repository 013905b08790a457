import { provide, token, tokens, type HostModule, type Token } from '@gamekeeper/core';
import { MemoryDatabase } from './memory-database.ts';
import { MemoryJobLedger } from './memory-job-ledger.ts';
import { MemoryLivesRepository } from './memory-lives-repository.ts';
import { MemoryOutbox } from './memory-outbox.ts';

/** The store that all in-memory adapters of a host share. */
export const memoryDatabase: Token<MemoryDatabase> = token('MemoryDatabase');
const memoryOutbox: Token<MemoryOutbox> = token('MemoryOutbox');

/** Every repository in memory: gone with the process, and as exact as the real ones. */
export function memoryAdapters(): HostModule {
  return {
    name: 'memoryAdapters',
    bindings: [
      provide(memoryDatabase, [tokens.clock], (clock) => new MemoryDatabase(clock)),
      provide(memoryOutbox, [memoryDatabase], (database) => new MemoryOutbox(database)),
      provide(tokens.transactions, [memoryDatabase], (database) => database),
      provide(tokens.outbox, [memoryOutbox], (outbox) => outbox),
      provide(tokens.ledger, [memoryDatabase], (database) => new MemoryJobLedger(database)),
      provide(
        tokens.lives,
        [memoryDatabase, memoryOutbox],
        (database, outbox) => new MemoryLivesRepository(database, outbox),
      ),
    ],
  };
}
