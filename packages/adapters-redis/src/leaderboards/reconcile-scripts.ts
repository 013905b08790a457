import { HEARTBEAT, KEYS_OF_A_BOARD, LEAVE, OWN_RECONCILIATION, PACKED_SCORES, PUT } from './lua.ts';
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
 * Arguments: `id`, `ties`, `keepMs`, and a batch of scores from the database, packed. Returns the index of each score that
 * differs from the live version, and how: `missing`, `wrongScore`, `misplaced`, `renamed`, or `older` than the database
 * although it was written meanwhile.
 */
export const check: Script = new Script(
  'local ties, keepMs = ARGV[2], ARGV[3]',
  KEYS_OF_A_BOARD,
  PUT,
  PACKED_SCORES,
  OWN_RECONCILIATION,
  'if not v then return false end',
  HEARTBEAT,
  `
  local users, entries = unpacked(ARGV[4])
  local held = redis.call('HMGET', hash(v), unpack(users))
  local noted = redis.call('HLEN', j) > 1 and redis.call('HMGET', j, unpack(users)) or {}
  local members, differing, found = {}, {}, 0
  for i, user in ipairs(users) do members[i] = string.sub(held[i] or NEVER, 1, 8) .. user end
  local scores = redis.call('ZMSCORE', zset(v), unpack(members))
  for i, user in ipairs(users) do
    local entry, has = entries[i], held[i]
    local score, way = tonumber(scoreOf(entry)), nil
    if not has or not scores[i] then
      way = 'missing'
    elseif noted[i] then
      way = older(scores[i], timeOf(has), score, timeOf(entry)) and 'older'
    elseif has == entry and tonumber(scores[i]) == score then
      found = found + 1
    else
      if tonumber(scores[i]) ~= score or tonumber(scoreOf(has)) ~= score then
        way = 'wrongScore'
      elseif timeOf(has) ~= timeOf(entry) then
        way = 'misplaced'
      else
        way = 'renamed'
      end
      redis.call('HSET', j, user, 'differs')
    end
    if way then
      differing[#differing + 1] = i - 1
      differing[#differing + 1] = way
    end
  end
  local last = entries[#entries]
  redis.call('HSET', K, 'm', matched + found, 'cs', scoreOf(last), 'cm', timeOf(last) .. users[#users])
  return differing
  `,
);

/**
 * Arguments: `id`, `ties`, and all scores that differ, packed. Repairs them in one step if there are no extra members.
 * Returns `extra`, and changes nothing, if the board has members that the database has not.
 */
export const repair: Script = new Script(
  'local ties = ARGV[2]',
  KEYS_OF_A_BOARD,
  PUT,
  PACKED_SCORES,
  OWN_RECONCILIATION,
  `
  if not v then return false end
  local answer = 'equal'
  if matched + redis.call('HLEN', j) - 1 ~= redis.call('ZCARD', zset(v)) then
    answer = 'extra'
  else
    local users, entries = unpacked(ARGV[3])
    for i, user in ipairs(users) do
      local noted, entry = redis.call('HGET', j, user), entries[i]
      put(v, user, scoreOf(entry), timeOf(entry), nameOf(entry), noted ~= 'landed' and noted ~= 'new')
    end
  end
  `,
  LEAVE,
  'return answer',
);

/**
 * Arguments: `id`, `ties`, `keepMs`, `again`, and a batch of scores from the database, packed. Writes them into the
 * version that is being built. Returns how many of them the live version does not have, has with another score, in another
 * place, or under another name. Scores that are already in the new version were counted before or were written meanwhile:
 * only the journal lists them, unless the database is read `again`.
 */
export const write: Script = new Script(
  'local ties, keepMs = ARGV[2], ARGV[3]',
  KEYS_OF_A_BOARD,
  PUT,
  PACKED_SCORES,
  OWN_RECONCILIATION,
  HEARTBEAT,
  `
  local z, h = zset(id), hash(id)
  if redis.call('PEXPIRE', h, keepMs) == 0 then return false end
  local users, entries, rows = unpacked(ARGV[5])
  local noted = redis.call('HLEN', j) > 1 and redis.call('HMGET', j, unpack(users))
  local written = ARGV[4] == '1' and redis.call('HMGET', h, unpack(users)) or noted
  local live = v and redis.call('HMGET', hash(v), unpack(users)) or {}
  local missing, wrongScore, misplaced, renamed, found = 0, 0, 0, 0, 0
  local scores, fields, n = {}, written and {} or rows, 0
  for i, user in ipairs(users) do
    local entry, held = entries[i], live[i]
    if written and written[i] then
      local time, score, name, aside = timeOf(entry), scoreOf(entry), nameOf(entry), redis.call('HGET', h, user)
      -- What has landed under a name keeps it: the truth may have been read before.
      local same = noted and noted[i] and aside and string.sub(aside, 1, nameAt(aside) - 1) == time .. score .. ' '
      if not same then put(id, user, score, time, name) end
    else
      scores[n + 1], scores[n + 2] = scoreOf(entry), timeOf(entry) .. user
      if written then fields[n + 1], fields[n + 2] = user, entry end
      n = n + 2
      if not held then
        missing = missing + 1
      else
        found = found + 1
        if held ~= entry then
          if tonumber(scoreOf(held)) ~= tonumber(scoreOf(entry)) then
            wrongScore = wrongScore + 1
          elseif timeOf(held) ~= timeOf(entry) then
            misplaced = misplaced + 1
          else
            renamed = renamed + 1
          end
        end
      end
    end
  end
  if found > 0 then redis.call('HINCRBY', K, 'm', found) end
  if n > 0 then
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
