import { BEFORE, KEYS_OF_A_BOARD, LIVE_VERSION } from './lua.ts';
import { Script } from './script.ts';

/** Returns the places from an index on: the index, the members, and their entries. */
const ANSWER = `
local function answer(from, to)
  -- Redis reads an end of -1 as the last place.
  if to < from then return {from, {}, {}} end
  local members = redis.call('ZRANGE', z, from, to)
  if #members == 0 then return {from, members, {}} end
  local users = {}
  for i, member in ipairs(members) do users[i] = string.sub(member, 9) end
  return {from, members, redis.call('HMGET', h, unpack(users))}
end
`;

/** Arguments: `limit`, then score and member of the last place of the previous page, which may no longer exist. */
export const top: Script = new Script(
  KEYS_OF_A_BOARD,
  LIVE_VERSION,
  BEFORE,
  ANSWER,
  `
  local from = 0
  if ARGV[2] then
    local score, member = ARGV[2], ARGV[3]
    local held = redis.call('ZSCORE', z, member)
    if held and tonumber(held) == tonumber(score) then
      from = redis.call('ZRANK', z, member) + 1
    else
      from = redis.call('ZCOUNT', z, '-inf', '(' .. score)
      local to = from + redis.call('ZCOUNT', z, score, score)
      while from < to do
        local middle = math.floor((from + to) / 2)
        if before(member, redis.call('ZRANGE', z, middle, middle)[1]) then to = middle else from = middle + 1 end
      end
    end
  end
  return answer(from, from + ARGV[1] - 1)
  `,
);

/**
 * For players on the boards of `KEYS`. Arguments of each: the number of its board, and `user`. Returns for each rank and
 * entry, 0 if the user is not on the board, or nothing if the board is incomplete. A set that exists has all its members
 * (see `PUT`), so a found user needs no second check.
 */
export const standing: Script = new Script(
  KEYS_OF_A_BOARD,
  `
  local function standing(v, user)
    if not v then return false end
    local entry = redis.call('HGET', hash(v), user)
    if not entry then return whole(v) and 0 end
    local rank = redis.call('ZRANK', zset(v), string.sub(entry, 1, 8) .. user)
    return rank and {rank, entry}
  end
  local versions, replies = {}, {}
  for i = 1, #ARGV, 2 do
    K = KEYS[tonumber(ARGV[i])]
    local v = versions[K]
    if v == nil then
      v = redis.call('HGET', K, 'v')
      versions[K] = v
    end
    replies[#replies + 1] = standing(v, ARGV[i + 1])
  end
  return replies
  `,
);

/** Arguments: `user`, number of places `before`, number of places `after`. */
export const around: Script = new Script(
  KEYS_OF_A_BOARD,
  LIVE_VERSION,
  ANSWER,
  `
  local entry = redis.call('HGET', h, ARGV[1])
  if not entry then return 0 end
  local rank = redis.call('ZRANK', z, string.sub(entry, 1, 8) .. ARGV[1])
  if not rank then return false end
  return answer(math.max(0, rank - ARGV[2]), rank + ARGV[3])
  `,
);

/** Returns the number of players on the board. */
export const size: Script = new Script(KEYS_OF_A_BOARD, LIVE_VERSION, `return redis.call('ZCARD', z)`);
