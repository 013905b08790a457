import { GamekeeperError, show } from '../../engine/common/errors.ts';

/** The game does not know a player with this id. */
export class UnknownPlayerError extends GamekeeperError<'UNKNOWN_PLAYER'> {
  constructor(userId: string) {
    super(
      'UNKNOWN_PLAYER',
      `There is no player ${show(userId)}; check the id, or let the player start a quiz first.`,
    );
  }
}
