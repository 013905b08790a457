import { JobRow, JobRunRow } from './job-rows.ts';
import { LivesRow } from './lives-row.ts';
import { OutboxRow } from './outbox-row.ts';

/** Our tables as MikroORM entities, for hosts that want to query them; the migrations are what makes the tables. */
export const gamekeeperEntities = [LivesRow, JobRow, JobRunRow, OutboxRow] as const;
