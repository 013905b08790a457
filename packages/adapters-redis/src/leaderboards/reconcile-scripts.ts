import { HEARTBEAT, KEYS_OF_A_BOARD, LEAVE, OWN_RECONCILIATION, PUT } from './lua.ts';
import { Script } from './script.ts';

/**
 * Arguments: `id`, `leaseMs`, `keepMs`, `ttlMs` (0: none), `check` or `rebuild`. There is one reconciliation of a board
 * at a time; the remains of one that was silent for the lease are removed. Returns `busy`, `absent` (there is nothing
 * to check) or `begun`.
 */
export const begin: Script = new Script(
  'local id, leaseMs, keepMs, ttlMs, way = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4]), ARGV[5]',
  KEYS_OF_A_BOARD,
  `
  local state = redis.call('HMGET', K, 'v', 'b', 't')
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  if state[2] then
    -- A clock that was set back must not keep a reconciliation alive that has died.
    local silence = now - tonumber(state[3] or 0)
    if silence >= 0 and silence < leaseMs then return 'busy' end
    unlink(state[2])
  end
  redis.call('HDEL', K, 'b', 't', 'm', 'cs', 'cm')
  local v = state[1]
  if v and not whole(v) then
    unlink(v)
    redis.call('HDEL', K, 'v')
    v = false
  end
  if way == 'check' and not v then return 'absent' end
  redis.call('HSET', K, 'b', id, 't', now, 'm', 0)
  if ttlMs > 0 then redis.call('PEXPIRE', K, ttlMs) else redis.call('PERSIST', K) end
  redis.call('HSET', journal(id), '', '')
  redis.call('PEXPIRE', journal(id), keepMs)
  if way == 'rebuild' then
    redis.call('HSET', hash(id), '', '')
    redis.call('PEXPIRE', hash(id), keepMs)
  end
  return 'begun'
  `,
);

/** Argument: `id`. Removes a reconciliation that is given up. */
export const abandon: Script = new Script(
  KEYS_OF_A_BOARD,
  OWN_RECONCILIATION,
  `
  unlink(id)
  `,
  LEAVE,
  'return 1',
);

/**
 * Arguments: `id`, `ties`, `keepMs`, then `user`, `score`, `time`, `name` of a batch of scores from the database.
 * Returns the index of each score that differs from the live version, and how: `missing`, `wrongScore`, `misplaced`,
 * `renamed`, or `older` than the database although it was written meanwhile.
 */
export const check: Script = new Script(
  'local ties, keepMs = ARGV[2], ARGV[3]',
  KEYS_OF_A_BOARD,
  PUT,
  OWN_RECONCILIATION,
  'if not v then return false end',
  HEARTBEAT,
  `
  local users, members, differing = {}, {}, {}
  for i = 4, #ARGV, 4 do users[#users + 1] = ARGV[i] end
  local entries = redis.call('HMGET', hash(v), unpack(users))
  local noted = redis.call('HMGET', j, unpack(users))
  for i, user in ipairs(users) do members[i] = string.sub(entries[i] or NEVER, 1, 12) .. user end
  local scores = redis.call('ZMSCORE', zset(v), unpack(members))
  local found = 0
  for i, user in ipairs(users) do
    local score, time, name = ARGV[4 * i + 1], ARGV[4 * i + 2], ARGV[4 * i + 3]
    local heldTime = entries[i] and string.sub(entries[i], 1, 12)
    local way
    if not entries[i] or not scores[i] then
      way = 'missing'
    elseif noted[i] then
      way = older(scores[i], heldTime, score, time) and 'older'
    elseif tonumber(scores[i]) ~= tonumber(score) or tonumber(scoreOf(entries[i])) ~= tonumber(score) then
      way = 'wrongScore'
    elseif heldTime ~= time then
      way = 'misplaced'
    elseif string.sub(entries[i], nameAt(entries[i])) ~= name then
      way = 'renamed'
    else
      found = found + 1
    end
    if way == 'wrongScore' or way == 'misplaced' or way == 'renamed' then redis.call('HSET', j, user, 'differs') end
    if way then
      differing[#differing + 1] = i - 1
      differing[#differing + 1] = way
    end
  end
  redis.call('HSET', K, 'm', matched + found, 'cs', ARGV[#ARGV - 2], 'cm', ARGV[#ARGV - 1] .. ARGV[#ARGV - 3])
  return differing
  `,
);

/**
 * Arguments: `id`, `ties`, then `user`, `score`, `time`, `name` of all scores that differ. Repairs them in one step if
 * there are no extra members. Returns `extra`, and changes nothing, if the board has members that the database has not.
 */
export const repair: Script = new Script(
  'local ties = ARGV[2]',
  KEYS_OF_A_BOARD,
  PUT,
  OWN_RECONCILIATION,
  `
  if not v then return false end
  local answer = 'equal'
  if matched + redis.call('HLEN', j) - 1 ~= redis.call('ZCARD', zset(v)) then
    answer = 'extra'
  else
    for i = 3, #ARGV, 4 do
      local noted = redis.call('HGET', j, ARGV[i])
      put(v, ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], noted ~= 'landed' and noted ~= 'new')
    end
  end
  `,
  LEAVE,
  'return answer',
);

/**
 * Arguments: `id`, `ties`, `keepMs`, `again`, then `user`, `score`, member and entry of a batch of scores from the
 * database. Writes them into the version that is being built. Returns how many of them the live version does not have,
 * has with another score, in another place, or under another name. Scores that are already in the new version were
 * counted before or were written meanwhile: only the journal lists them, unless the database is read `again`.
 */
export const write: Script = new Script(
  'local ties, keepMs = ARGV[2], ARGV[3]',
  KEYS_OF_A_BOARD,
  PUT,
  OWN_RECONCILIATION,
  HEARTBEAT,
  `
  local z, h = zset(id), hash(id)
  if redis.call('PEXPIRE', h, keepMs) == 0 then return false end
  local users = {}
  for i = 5, #ARGV, 4 do users[#users + 1] = ARGV[i] end
  local noted = redis.call('HLEN', j) > 1 and redis.call('HMGET', j, unpack(users)) or {}
  local written = ARGV[4] == '1' and redis.call('HMGET', h, unpack(users)) or noted
  local entries = v and redis.call('HMGET', hash(v), unpack(users)) or {}
  local missing, wrongScore, misplaced, renamed, found = 0, 0, 0, 0, 0
  local scores, fields = {}, {}
  for i, user in ipairs(users) do
    local score, member, entry, held = ARGV[4 * i + 2], ARGV[4 * i + 3], ARGV[4 * i + 4], entries[i]
    if written[i] then
      local time, name, aside = string.sub(entry, 1, 12), string.sub(entry, nameAt(entry)), redis.call('HGET', h, user)
      -- What has landed under a name keeps it: the truth may have been read before.
      local same = noted[i] and aside and string.sub(aside, 1, nameAt(aside) - 1) == string.sub(entry, 1, nameAt(entry) - 1)
      if not same then put(id, user, score, time, name) end
    else
      local n = #scores
      scores[n + 1], scores[n + 2] = score, member
      fields[n + 1], fields[n + 2] = user, entry
      if not held then
        missing = missing + 1
      else
        found = found + 1
        if held ~= entry then
          if tonumber(scoreOf(held)) ~= tonumber(score) then
            wrongScore = wrongScore + 1
          elseif string.sub(held, 1, 12) ~= string.sub(entry, 1, 12) then
            misplaced = misplaced + 1
          else
            renamed = renamed + 1
          end
        end
      end
    end
  end
  if found > 0 then redis.call('HINCRBY', K, 'm', found) end
  if #scores > 0 then
    redis.call('ZADD', z, unpack(scores))
    redis.call('HSET', h, unpack(fields))
  end
  redis.call('PEXPIRE', z, keepMs)
  return {missing, wrongScore, misplaced, renamed}
  `,
);

/**
 * Arguments: `id`, `ttlMs` (0: none), `sure`. Makes the new version the live one and removes the old one. Returns how
 * many members of the old version are not in the new one; if there are any and `sure` is not 1, it changes nothing.
 */
export const publish: Script = new Script(
  KEYS_OF_A_BOARD,
  OWN_RECONCILIATION,
  `
  if not whole(id) or redis.call('EXISTS', j) == 0 then return false end
  local ttlMs = tonumber(ARGV[2])
  local extra = v and redis.call('ZCARD', zset(v)) - matched - redis.call('HLEN', j) + 1 or 0
  if extra > 0 and ARGV[3] ~= '1' then return extra end
  redis.call('HSET', K, 'v', id)
  if v then unlink(v) end
  for _, key in ipairs({K, zset(id), hash(id)}) do
    if ttlMs > 0 then redis.call('PEXPIRE', key, ttlMs) else redis.call('PERSIST', key) end
  end
  `,
  LEAVE,
  'return extra',
);
