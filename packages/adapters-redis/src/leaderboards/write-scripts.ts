import { KEYS_OF_A_BOARD, PUT } from './lua.ts';
import { Script } from './script.ts';

/**
 * Writes a member into the live version, and into a version that is being built. Returns whether the live one changed.
 * Needs `ties`.
 *
 * `m` counts members that the reconciliation has matched and that are not in its journal. A member that is written
 * after it was matched is subtracted from the count: in a version that is being built, matched members are already in
 * it; otherwise the reconciliation had passed the place of the member.
 */
const LAND: string = `
${PUT}
local function land(v, b, user, score, time, name)
  if not b or redis.call('EXISTS', journal(b)) == 0 then
    return v and put(v, user, score, time, name)
  end
  local passed = redis.call('HMGET', K, 'cs', 'cm')
  local passedScore, passedMember = tonumber(passed[1]), passed[2]
  local entry = v and redis.call('HGET', hash(v), user)
  local building = redis.call('EXISTS', hash(b)) == 1
  local matched = false
  if entry and building then
    matched = redis.call('HEXISTS', hash(b), user) == 1
  elseif entry and passedScore then
    local member = string.sub(entry, 1, 8) .. user
    local held = tonumber(redis.call('ZSCORE', zset(v), member))
    matched = held and (held < passedScore or held == passedScore and not before(passedMember, member))
  end
  local noted = redis.call('HGET', journal(b), user)
  -- The score that differs is not a newer one, but a wrong one.
  local taken = not v or put(v, user, score, time, name, noted == 'differs')
  if building then put(b, user, score, time, name) end
  -- Also what the live version has newer: it is in the new one now, where the truth will not be matched any more.
  if not taken and not building then return false end
  if not noted and matched then redis.call('HINCRBY', K, 'm', -1) end
  if not noted or noted == 'differs' then
    redis.call('HSET', journal(b), user, entry and 'landed' or 'new')
  end
  return taken
end
`;

/**
 * For players' new scores, on the boards of `KEYS`. Arguments of each: the number of its board, `ties`, `user`, `score`,
 * `time`, `name`. Returns for each whether the live version changed.
 */
export const record: Script = new Script(
  'local ties',
  KEYS_OF_A_BOARD,
  LAND,
  `
  local states, replies = {}, {}
  for i = 1, #ARGV, 6 do
    K, ties = KEYS[tonumber(ARGV[i])], ARGV[i + 1]
    local state = states[K]
    if not state then
      state = redis.call('HMGET', K, 'v', 'b')
      states[K] = state
    end
    local landed = land(state[1], state[2], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], ARGV[i + 5])
    replies[#replies + 1] = landed and 1 or 0
  end
  return replies
  `,
);

/**
 * Arguments: `ties`, `user`, `name`. Writes the player's entry again under the new name, so that a reconciliation that
 * has read the old name does not restore it. The version that is being built may have a newer entry; only its name is
 * replaced.
 */
export const rename: Script = new Script(
  'local ties = ARGV[1]',
  KEYS_OF_A_BOARD,
  LAND,
  `
  local user, name = ARGV[2], ARGV[3]
  local state = redis.call('HMGET', K, 'v', 'b')
  local v, b = state[1], state[2]
  local entry = v and redis.call('HGET', hash(v), user)
  if entry then land(v, b, user, scoreOf(entry), string.sub(entry, 1, 8), name) end
  local aside = b and redis.call('HGET', hash(b), user)
  if aside then redis.call('HSET', hash(b), user, withName(aside, name)) end
  return entry and 1 or 0
  `,
);

/** Removes the board and every version that is being built of it. */
export const drop: Script = new Script(
  KEYS_OF_A_BOARD,
  `
  for _, id in ipairs({'v', 'b'}) do
    local version = redis.call('HGET', K, id)
    if version then unlink(version) end
  end
  return redis.call('UNLINK', K)
  `,
);
