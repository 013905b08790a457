/**
 * The layout shared by all scripts. A board is a hash at `KEYS[1]`. `v` is its live version. During a reconciliation,
 * `b` is the id of the reconciliation, `t` the time of its last heartbeat (ms), `m` the number of matched members, `cs`
 * and `cm` the score and member that it has reached. A version is a sorted set `z` of `time .. user` by negated score,
 * and a hash `e` from user to an entry, `time .. score .. ' ' .. name`, with one extra field, so that it also exists
 * for an empty board. Changes during a reconciliation are recorded in the hash `j` (journal).
 */
export const KEYS_OF_A_BOARD = `
local K = KEYS[1]
local function zset(id) return K .. ':' .. id .. ':z' end
local function hash(id) return K .. ':' .. id .. ':e' end
local function journal(id) return K .. ':' .. id .. ':j' end
-- Keys can be evicted or expire one by one.
local function whole(id)
  return redis.call('ZCARD', zset(id)) + 1 == redis.call('HLEN', hash(id))
end
local function unlink(id) redis.call('UNLINK', zset(id), hash(id), journal(id)) end
`;

/** The start of every read: an incomplete board returns nothing. */
export const LIVE_VERSION = `
local v = redis.call('HGET', K, 'v')
if not v or not whole(v) then return false end
local z, h = zset(v), hash(v)
`;

/** Compares bytewise: Lua's operator depends on the locale of the server process. */
export const BEFORE = `
local function before(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x < y end
  end
  return #a < #b
end
`;

/** Reads an entry, and replaces its name. */
export const ENTRIES = `
local function nameAt(entry) return string.find(entry, ' ', 9, true) + 1 end
local function timeOf(entry) return string.sub(entry, 1, 8) end
local function scoreOf(entry) return string.sub(entry, 9, nameAt(entry) - 2) end
local function nameOf(entry) return string.sub(entry, nameAt(entry)) end
local function withName(entry, name) return string.sub(entry, 1, nameAt(entry) - 1) .. name end
`;

/**
 * Writes a member unless the existing one is newer. Needs `ties`. Scores stay text: Lua prints only 14 digits.
 * If the set or the hash was evicted, it is not created again.
 */
export const PUT: string = `
${BEFORE}
${ENTRIES}
local NEVER = string.rep('\\127', 8)
local function older(score, time, thanScore, thanTime)
  score, thanScore = tonumber(score), tonumber(thanScore)
  if score ~= thanScore then return score > thanScore end
  if time == thanTime or thanTime == NEVER then return false end
  if time == NEVER then return true end
  return before(time, thanTime) == (ties == 'earliest')
end
local function put(id, user, score, time, name, force)
  local z, h = zset(id), hash(id)
  local had = redis.call('HGET', h, user)
  local hadTime = had and string.sub(had, 1, 8)
  if not had and redis.call('HEXISTS', h, '') == 0 then return false end
  if had and not force and older(score, time, scoreOf(had), hadTime) then return false end
  local added = redis.call('ZADD', z, score, time .. user)
  local moved = had and hadTime ~= time and redis.call('ZREM', z, hadTime .. user) == 1
  if added == 1 and not moved and redis.call('ZCARD', z) == 1 then
    if redis.call('HLEN', h) ~= 1 then
      redis.call('UNLINK', z)
      return false
    end
    local ttl = redis.call('PTTL', h)
    if ttl > 0 then redis.call('PEXPIRE', z, ttl) end
  end
  local entry = time .. score .. ' ' .. name
  if had ~= entry then redis.call('HSET', h, user, entry) end
  return true
end
`;

/** Reads scores from the database that were packed by `packedScores`: the users, and an entry of each. */
export const PACKED_SCORES = `
local function unpacked(packed)
  local rows, users, entries = cmsgpack.unpack(packed), {}, {}
  for i = 1, #rows / 2 do users[i], entries[i] = rows[2 * i - 1], rows[2 * i] end
  return users, entries, rows
end
`;

/** The start of every step of a reconciliation. The first argument is its id: another one may have replaced it. */
export const OWN_RECONCILIATION = `
local id = ARGV[1]
local state = redis.call('HMGET', K, 'b', 'v', 'm')
if state[1] ~= id then return false end
local v, matched = state[2], tonumber(state[3])
local j = journal(id)
`;

/** Writes the heartbeat of the reconciliation. Needs `keepMs`. */
export const HEARTBEAT = `
local now = redis.call('TIME')
redis.call('HSET', K, 't', now[1] * 1000 + math.floor(now[2] / 1000))
redis.call('PEXPIRE', j, keepMs)
`;

/** Removes a reconciliation and its journal. Needs `id`. */
export const LEAVE = `
redis.call('UNLINK', journal(id))
redis.call('HDEL', K, 'b', 't', 'm', 'cs', 'cm')
`;
