import { GamekeeperError } from '../../engine/common/errors.ts';
import type { SessionId } from '../players/ids.ts';

/** Two calls started one session at the same time. Roll back the transaction of this call; it may then be repeated. */
export class ConcurrentStartError extends GamekeeperError<'CONCURRENT_START'> {
  constructor(id: SessionId) {
    super(
      'CONCURRENT_START',
      `Session ${JSON.stringify(id)} was started by another call at the same time; roll back this transaction and repeat it.`,
    );
  }
}
