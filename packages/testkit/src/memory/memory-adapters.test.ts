import { describe, it } from 'vitest';
import { jobLedgerContract } from '../contracts/job-ledger-contract.ts';
import { livesRepositoryContract } from '../contracts/lives-repository-contract.ts';
import { outboxContract } from '../contracts/outbox-contract.ts';
import { VirtualClock } from '../time/virtual-clock.ts';
import { MemoryDatabase } from './memory-database.ts';
import { MemoryJobLedger } from './memory-job-ledger.ts';
import { MemoryLivesRepository } from './memory-lives-repository.ts';
import { MemoryOutbox } from './memory-outbox.ts';

const supports = { concurrent: true };

function create() {
  const clock = new VirtualClock('2026-11-24T00:00:00Z');
  const transactions = new MemoryDatabase(clock);
  const outbox = new MemoryOutbox(transactions);
  return {
    transactions,
    outbox,
    lives: new MemoryLivesRepository(transactions, outbox),
    ledger: new MemoryJobLedger(transactions),
    passTime: async (ms: number) => clock.jumpTo(clock.now() + ms),
  };
}

describe('MemoryLivesRepository', () => {
  for (const { name, run } of livesRepositoryContract({ create, supports })) it(name, run);
});

describe('MemoryOutbox', () => {
  for (const { name, run } of outboxContract({ create, supports })) it(name, run);
});

describe('MemoryJobLedger', () => {
  for (const { name, run } of jobLedgerContract({ create, supports })) it(name, run);
});
