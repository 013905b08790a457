import fc from 'fast-check';
import { userIds } from './players.ts';

/** Generates names for leaderboards: not unique, in any script, as difficult to quote as ids are. */
export function usernames(): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('Ada', 'Bob', 'Zoë', '李雷', "Robert'); drop table players;--") },
    { weight: 1, arbitrary: userIds().map(String) },
  );
}
