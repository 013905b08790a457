import { GamekeeperError } from '../../engine/common/errors.ts';
import type { SessionId } from '../players/ids.ts';

/** Two calls began one session at the same time; the transaction of this one must be undone and may be repeated. */
export class ConcurrentStartError extends GamekeeperError<'CONCURRENT_START'> {
  constructor(id: SessionId) {
    super(
      'CONCURRENT_START',
      `Session ${JSON.stringify(id)} was begun by another call at the same time; undo this transaction and repeat it.`,
    );
  }
}
