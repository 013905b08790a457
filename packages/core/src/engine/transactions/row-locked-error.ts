import { GamekeeperError } from '../common/errors.ts';
import { errorText } from '../secrets/error-text.ts';

/**
 * A row that a batch needs is locked by another transaction: of a player's call, of the host, or of a person at a
 * database console. The row itself is fine. The batch was rolled back and holds no locks.
 *
 * Adapters throw it in place of their driver's own error, which is kept in `cause`, after they have waited as long as
 * they are allowed to. The engine then runs the rest of the batch without the item (see {@link JobOptions.items}); if
 * the job does not define `items`, the engine repeats the batch until the run times out.
 */
export class RowLockedError extends GamekeeperError<'ROW_LOCKED'> {
  constructor(what: string, cause: unknown) {
    super(
      'ROW_LOCKED',
      `${what} is locked by another transaction (${errorText(cause)}); end that transaction (in PostgreSQL, see pg_locks). The engine retries the work.`,
      { cause },
    );
  }
}
