import { GamekeeperError } from '../common/errors.ts';
import { errorText } from '../secrets/error-text.ts';

/**
 * A row that a batch needs stays locked by a transaction that is not the job's own: of a player, of the host, or of
 * somebody at a console. Nothing is wrong with the row. The batch is undone and holds nothing any more.
 *
 * Adapters throw it in place of their driver's own error, which stands in `cause`, once they have waited for as long as
 * they may. The engine then does the rest of the batch without the item (see {@link JobOptions.items}); of a job
 * whose items it does not know, it does the batch again until the run's time limit is over.
 */
export class RowLockedError extends GamekeeperError<'ROW_LOCKED'> {
  constructor(what: string, cause: unknown) {
    super(
      'ROW_LOCKED',
      `${what} stays locked by another transaction (${errorText(cause)}); find it in pg_locks or its like and end it, what is due stays due.`,
      { cause },
    );
  }
}
