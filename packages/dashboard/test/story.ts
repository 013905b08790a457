import { awardId, defineJob, sessionId, userId, type JobDefinition, type UserId } from '@gamekeeper/core';
import { testHost, type TestHost, type TestHostOptions } from '@gamekeeper/testkit/host';

/** Names and errors that would be dangerous if they became markup. */
export const hostile = {
  name: `<img src=x onerror="document.title='owned'"> & 'Zoë' \u202Egnp`,
  error: `</pre><script>document.title='owned'</script> at postgres://game:s3cret@db:5432/game`,
  item: `"><svg onload=alert(1)>`,
  user: `<b>"ada"</b>&amp;'\``,
};

/** What the jobs of the story do; tests change it while the host runs. */
export interface Script {
  isBroken: boolean;
  poisoned: readonly string[];
}

/** The jobs of the story. */
export function storyJobs(script: Script): readonly JobDefinition[] {
  const mails = defineJob<{ readonly at: number }>({
    name: 'daily-mails',
    schedule: { cron: '0 * * * *' },
    supportsDryRun: true,
    retry: { maxAttempts: 1 },
    maxFailureRate: 1,
    items: async ({ skip }) => ['ann', 'bob', ...script.poisoned].filter((item) => !skip.includes(item)),
    batch: async ({ only, skip, checkpoint }) => {
      if (checkpoint) return { processed: 0, next: null };
      const items = (only ?? ['ann', 'bob', ...script.poisoned]).filter((item) => !skip.includes(item));
      if (items.some((item) => script.poisoned.includes(item)))
        throw new Error(`cannot mail: ${hostile.error}`);
      return { processed: items.length, next: null };
    },
  });
  const report = defineJob({
    name: 'report',
    schedule: { cron: '30 2 * * *', timeZone: 'Europe/Berlin' },
    retry: { maxAttempts: 1 },
    missedTicks: 'latest',
    batch: async () => {
      if (script.isBroken) throw new Error(hostile.error);
      return { processed: 5, next: null };
    },
  });
  const ping = defineJob({
    name: 'ping',
    schedule: { cron: '*/20 * * * *' },
    missedTicks: 'none',
    isIdle: async () => true,
    batch: async () => ({ processed: 0, next: null }),
  });
  return [mails, report, ping];
}

/** A host on a virtual clock in which something of everything has happened. */
export interface Story {
  readonly test: TestHost;
  readonly script: Script;
  readonly player: UserId;
}

/** Tells the story: two good days, a bad one, a poisoned player, a forgotten pause. */
export async function tellStory(options: TestHostOptions = {}): Promise<Story> {
  const script: Script = { isBroken: false, poisoned: [] };
  const test = await testHost({
    now: '2026-11-24T10:10:00Z',
    jobs: storyJobs(script),
    ...options,
  });
  const { host } = test;
  const player = userId(hostile.user);
  await host.gameplay.startQuiz({ userId: player, username: hostile.name, sessionId: sessionId('q1') });
  await host.gameplay.completeQuiz({ sessionId: sessionId('q1'), xp: 120 });
  for (const [index, name] of ['ann', 'bob', 'cy'].entries())
    await host.gameplay.awardXp({ awardId: awardId(name), userId: userId(name), amount: 50 + index });
  await test.advance({ days: 2 });
  script.isBroken = true;
  script.poisoned = [hostile.item];
  await host.pause('ping');
  await test.advance({ hours: 3 });
  await host.resume('ping');
  await test.advance({ hours: 20 });
  await host.pause('session-cleanup');
  await test.advance({ hours: 5 });
  return { test, script, player };
}
