import { jobLedgerContract, livesRepositoryContract, outboxContract } from '@gamekeeper/testkit';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { PostgresHarness } from './postgres-harness.ts';

describe('embedded PostgreSQL', () => {
  const harness = new PostgresHarness({ memory: true });
  const create = () => harness.empty();
  beforeAll(() => harness.database.open());
  afterAll(() => harness.database.close());

  describe('PostgresLivesRepository', () => {
    for (const { name, run } of livesRepositoryContract({ create, examples: 20 })) it(name, run);
  });
  describe('PostgresJobLedger', () => {
    for (const { name, run } of jobLedgerContract({ create, examples: 20 })) it(name, run);
  });
  describe('PostgresOutbox', () => {
    for (const { name, run } of outboxContract({ create })) it(name, run);
  });
});
