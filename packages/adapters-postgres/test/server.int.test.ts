import { runContract } from '@gamekeeper/testkit';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { PostgresHarness, contractsOf, lockingContractsOf, testSchema } from './postgres-harness.ts';

describeWithPostgres('a PostgreSQL server', (url) => {
  const harness = new PostgresHarness({ url, schema: testSchema(), poolSize: 10 });
  beforeAll(() => harness.database.open());
  afterAll(async () => {
    await harness.database.dropSchema();
    await harness.database.close();
  });

  const options = { supports: { concurrent: true }, examples: 12 };
  for (const [adapter, cases] of Object.entries({
    ...contractsOf(harness, options),
    ...lockingContractsOf(harness, options),
  })) {
    describe(adapter, () => {
      runContract(cases, it);
    });
  }
});
