import type { Transaction } from '@gamekeeper/core';
import { rejects } from '../assertions.ts';

const foreign: Transaction = { store: 'elsewhere', touched: false };

/** Checks that methods reject a transaction that another store opened. */
export async function refuseForeignTransaction(
  ...verbs: readonly ((tx: Transaction) => Promise<unknown>)[]
): Promise<void> {
  for (const verb of verbs) await rejects(async () => verb(foreign), { code: 'FOREIGN_TRANSACTION' });
}
