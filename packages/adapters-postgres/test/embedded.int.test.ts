import { runContract } from '@gamekeeper/testkit';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { PostgresHarness, contractsOf } from './postgres-harness.ts';

describe('embedded PostgreSQL', () => {
  const harness = new PostgresHarness({ memory: true });
  beforeAll(() => harness.database.open());
  afterAll(() => harness.database.close());

  for (const [adapter, cases] of Object.entries(contractsOf(harness, { examples: 8 }))) {
    describe(adapter, () => {
      runContract(cases, it);
    });
  }
});
