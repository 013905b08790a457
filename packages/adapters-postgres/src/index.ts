export { MissingDriverError } from './database/missing-driver-error.ts';
export { pinDatabaseClock } from './database/pinned-clock.ts';
export { DatabaseNotOpenError, PostgresDatabase } from './database/postgres-database.ts';
export type { PostgresOptions } from './database/postgres-options.ts';
export { entityManagerOf, postgresTransaction } from './database/postgres-transaction.ts';
export { PostgresOutbox } from './events/postgres-outbox.ts';
export { PostgresJobLedger } from './jobs/postgres-job-ledger.ts';
export { PostgresLivesRepository } from './lives/postgres-lives-repository.ts';
export { postgresAdapters, postgresDatabase } from './postgres-adapters.ts';
