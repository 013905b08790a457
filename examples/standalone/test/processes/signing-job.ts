import { defineJob, userId } from '@gamekeeper/core';
import { gameTokens } from '@gamekeeper/core/ports';
import type { OwnJob } from '@gamekeeper/composition';

/** A job that leaves its owner's name as a player with three lives, then does something before the commit. */
export function signingJob(owner: string, beforeCommit: () => void): OwnJob {
  return (resolve) =>
    defineJob({
      name: 'signing',
      schedule: { cron: '0 * * * *' },
      batch: async ({ tx, asOf }) => {
        const id = userId(owner);
        await resolve(gameTokens.lives).change(tx, id, () => ({
          state: { userId: id, currentLives: 3, lastRegenAt: null, nextRegenAt: asOf },
          answer: null,
        }));
        beforeCommit();
        return { processed: 1, next: null };
      },
    });
}
