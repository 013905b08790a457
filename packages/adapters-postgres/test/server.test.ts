import { jobLedgerContract, livesRepositoryContract, outboxContract } from '@gamekeeper/testkit';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { PostgresHarness, testSchema } from './postgres-harness.ts';

describeWithPostgres('a PostgreSQL server', (url) => {
  const harness = new PostgresHarness({ url, schema: testSchema(), poolSize: 10 });
  const create = () => harness.empty();
  const supports = { concurrent: true };
  beforeAll(() => harness.database.open());
  afterAll(async () => {
    await harness.database.dropSchema();
    await harness.database.close();
  });

  describe('PostgresLivesRepository', () => {
    for (const { name, run } of livesRepositoryContract({ create, supports, examples: 20 })) it(name, run);
  });
  describe('PostgresJobLedger', () => {
    for (const { name, run } of jobLedgerContract({ create, supports, examples: 20 })) it(name, run);
  });
  describe('PostgresOutbox', () => {
    for (const { name, run } of outboxContract({ create, supports })) it(name, run);
  });
});
