import type { Instant } from '@gamekeeper/core';
import type { JobRegistration } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import { timestamp, type Tables } from '../database/sql.ts';

/**
 * Registers jobs and stores schedules that differ from the newest of their job, inside one transaction. Primary keys;
 * locks the rows of the jobs, so that each instance sees what the previous one stored.
 */
export async function registerJobs(
  db: Sql,
  { jobs, jobSchedules, now }: Tables,
  registrations: readonly JobRegistration[],
  hostNow: Instant,
): Promise<void> {
  const registered = new Map(registrations.map(({ job, schedule }) => [job, schedule]));
  const names = [...registered.keys()].sort();
  const specs = names.map((name) => registered.get(name)!);
  await sql`
    insert into ${jobs} (job, registered_at, starts_after, watermark)
    select job, at, before, before
    from ${now} as at, pg_catalog.unnest(${names}::text[]) as job,
      lateral (select least(at, ${timestamp(hostNow)}) - interval '1 millisecond' as before) as first
    on conflict (job) do nothing
  `.execute(db);
  await sql`select from ${jobs} where job = any (${names}::text[]) order by job for update`.execute(db);
  await sql`
    insert into ${jobSchedules} (job, since, cron, zone)
    select given.job, greatest(least(at, ${timestamp(hostNow)}), newest.since + interval '1 millisecond'),
      given.cron, given.zone
    from ${now} as at, unnest(${names}::text[], ${specs.map(({ cron }) => cron)}::text[],
      ${specs.map(({ timeZone = 'UTC' }) => timeZone)}::text[]) as given (job, cron, zone)
    left join lateral (
      select since, cron, zone from ${jobSchedules} as recorded where recorded.job = given.job
      order by since desc limit 1
    ) as newest on true
    where (newest.cron, newest.zone) is distinct from (given.cron, given.zone)
  `.execute(db);
}
