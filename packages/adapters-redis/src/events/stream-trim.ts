import type { RedisConnection } from '../redis-connection.ts';
import { streamKeys } from './event-streams.ts';

/** Maximum number of entries that one script removes: Redis is blocked while a script runs. */
const TRIM_AT_ONCE = 2_000;
/** Maximum number of scripts per call. The next call removes the rest. */
const SCRIPTS = 10;

/**
 * Removes the oldest entries of a stream and counts, in the same step, how many of them each group had not read:
 * afterwards it is unknown. The counts are also stored for the group's consumers. Works with Redis 5 and later: newer
 * versions do not know a group's `lag` in every case.
 */
const TRIM = `
local function after(id, other)
  local ms, seq = string.match(id, '(%d+)-(%d+)')
  local otherMs, otherSeq = string.match(other, '(%d+)-(%d+)')
  if ms ~= otherMs then return tonumber(ms) > tonumber(otherMs) end
  return tonumber(seq) > tonumber(otherSeq)
end
local length = redis.call('XLEN', KEYS[1])
local over = math.min(length - ARGV[1], tonumber(ARGV[2]))
if over <= 0 then return {} end
local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', over)
local lost = {}
for _, fields in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local group = {}
  for index = 1, #fields, 2 do group[fields[index]] = fields[index + 1] end
  local unread = 0
  for index = #oldest, 1, -1 do
    if not after(oldest[index][1], group['last-delivered-id']) then break end
    unread = unread + 1
  end
  if unread > 0 then
    redis.call('HINCRBY', KEYS[2], group['name'], unread)
    lost[#lost + 1] = { group['name'], unread }
  end
end
redis.call('XTRIM', KEYS[1], 'MAXLEN', length - over)
return lost
`;

/**
 * Trims a partition's stream of `length` entries to `maxLength`. Returns how many of the removed events each group had
 * not read.
 */
export async function trimStream(
  connection: RedisConnection,
  partition: number,
  { length, maxLength }: { readonly length: number; readonly maxLength: number },
): Promise<ReadonlyMap<string, number>> {
  const stream = streamKeys.stream(connection, partition);
  const dropped = streamKeys.dropped(connection, partition);
  const scripts = Math.min(SCRIPTS, Math.ceil((length - maxLength) / TRIM_AT_ONCE));
  const total = new Map<string, number>();
  for (let script = 0; script < scripts; script += 1) {
    const lost = (await connection.run((client) =>
      client.eval(TRIM, 2, stream, dropped, maxLength, TRIM_AT_ONCE),
    )) as readonly (readonly [group: string, unread: number])[];
    for (const [group, unread] of lost) total.set(group, (total.get(group) ?? 0) + unread);
  }
  return total;
}
