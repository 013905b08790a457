import { defineJob, userId } from '@gamekeeper/core';
import { gameTokens } from '@gamekeeper/core/ports';
import type { CustomJob } from '@gamekeeper/composition';

/** A job that leaves its instanceId's name as a player with three lives, then does something before the commit. */
export function signingJob(instanceId: string, beforeCommit: () => void): CustomJob {
  return (resolve) =>
    defineJob({
      name: 'signing',
      schedule: { cron: '0 * * * *' },
      batch: async ({ tx, asOf }) => {
        const id = userId(instanceId);
        await resolve(gameTokens.lives).change(tx, id, () => ({
          state: { userId: id, currentLives: 3, lastRegenAt: null, nextRegenAt: asOf },
          result: null,
        }));
        beforeCommit();
        return { processed: 1, next: null };
      },
    });
}
