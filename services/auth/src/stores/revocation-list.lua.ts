/**
 * The atomic step of the feed.
 *
 * KEYS: stream, epoch, record. ARGV: epoch, next epoch, last entry's id, newest id, database's Unix seconds, deadline in
 * Redis's Unix milliseconds, '1' when a heartbeat may be written, milliseconds between heartbeats, milliseconds that an
 * entry stays; then four for each entry: kind, id, expires_at, before ('' for none).
 *
 * The record holds how the last run left the stream, so that whatever anyone else does to it shows.
 */
export const ADD_TO_LIST = `
local stream, epochKey, recordKey = KEYS[1], KEYS[2], KEYS[3]
local epoch, nextEpoch, lastEntry, newest = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local now, deadlineMs, mayBeat = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7] == '1'
local beatEveryMs, keepMs = tonumber(ARGV[8]), tonumber(ARGV[9])

local function text(number) return string.format('%.0f', number) end
local function ms(id) return tonumber(string.match(id, '^%d+') or '0') end
local function isAfter(a, b)
  if ms(a) ~= ms(b) then return ms(a) > ms(b) end
  return tonumber(string.match(a, '%d+$')) > tonumber(string.match(b, '%d+$'))
end

-- A paused server runs what waited for it: by then the caller has given up, and may know more.
local time = redis.call('TIME')
local nowMs = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
if nowMs > deadlineMs then return {'late', text(nowMs)} end

local trimmed, beat = '0-0', ''

local function findFault()
  -- An error, as for a key of another type, has none of the values that are looked for.
  local found = redis.pcall('GET', epochKey)
  if not found then return 'the list is gone' end
  if found ~= epoch then return 'the list has another epoch' end
  local record = redis.pcall('HMGET', recordKey, 'length', 'newest', 'trimmed', 'beat')
  if not (record[1] and record[2] and record[3] and record[4]) then return 'the record is gone' end
  local length, last = '0', '0-0'
  if redis.call('EXISTS', stream) == 1 then
    local info = redis.pcall('XINFO', 'STREAM', stream)
    for i = 1, 16, 2 do
      if info[i] == 'length' then length = text(info[i + 1]) end
      if info[i] == 'last-generated-id' then last = info[i + 1] end
    end
  end
  if length ~= record[1] or last ~= record[2] then return 'somebody else has written to the stream' end
  if isAfter(newest, last) then return 'the list is an older copy' end
  trimmed, beat = record[3], record[4]
  if isAfter(lastEntry, trimmed) and #redis.call('XRANGE', stream, lastEntry, lastEntry) == 0 then return 'the last entry is missing' end
  newest = last
  return nil
end

local fault, isFirst = findFault(), ''
if fault then
  local found = redis.call('UNLINK', stream, epochKey, recordKey)
  if epoch == '' and found == 0 then isFirst = '1' end
  redis.call('SET', epochKey, nextEpoch)
  epoch, lastEntry, newest, trimmed, beat = nextEpoch, '0-0', '0-0', '0-0', ''
end

local function add(fields)
  newest = redis.call('XADD', stream, '*', unpack(fields))
  return newest
end

for i = 10, #ARGV, 4 do
  local fields = {'kind', ARGV[i], 'id', ARGV[i + 1]}
  if ARGV[i + 2] ~= '' then fields[5], fields[6] = 'expires_at', ARGV[i + 2] end
  if ARGV[i + 3] ~= '' then fields[#fields + 1], fields[#fields + 2] = 'before', ARGV[i + 3] end
  lastEntry = add(fields)
end

-- Trimmed by time, of which the slower clock is right; but what is live, as a killed key permanently is, moves to the end.
local function isLive(fields)
  local entry = {}
  for i = 1, #fields, 2 do entry[fields[i]] = fields[i + 1] end
  if entry['kind'] == 'kid' then return true end
  return entry['kind'] ~= 'heartbeat' and tonumber(entry['expires_at'] or '0') > now
end

local old = math.min(nowMs, now * 1000) - keepMs
if old > 0 then
  for _, entry in ipairs(redis.call('XRANGE', stream, '-', text(old) .. '-0', 'COUNT', 1000)) do
    if isLive(entry[2]) then lastEntry = add(entry[2]) end
    redis.call('XDEL', stream, entry[1])
    trimmed = entry[1]
  end
end

local sinceBeatMs = nowMs - ms(beat)
if mayBeat and not fault and (sinceBeatMs >= beatEveryMs or sinceBeatMs < 0) then
  local written = add({'kind', 'heartbeat', 'id', epoch, 'expires_at', text(now + keepMs / 1000)})
  if beat ~= '' then redis.call('XDEL', stream, beat) end
  beat = written
end

redis.call('HSET', recordKey, 'length', text(redis.call('XLEN', stream)), 'newest', newest, 'trimmed', trimmed, 'beat', beat)
return {fault or '', text(nowMs), epoch, lastEntry, newest, beat, isFirst}
`;

/**
 * Writes the hash of one entry. Where there is one already the stricter of the two holds: without `before` before any,
 * the later `before`, the later end.
 *
 * KEYS: the entry's key. ARGV: kind, id, expires_at, before ('' for none).
 */
export const KEY_ENTRY = `
local function later(a, b)
  if a == '' or b == '' then return '' end
  return tonumber(a) > tonumber(b) and a or b
end

local expiresAt, before = ARGV[3], ARGV[4]
local old = redis.pcall('HMGET', KEYS[1], 'kind', 'expires_at', 'before')
if old[1] then
  expiresAt, before = later(expiresAt, old[2] or ''), later(before, old[3] or '')
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'kind', ARGV[1], 'id', ARGV[2])
if before ~= '' then redis.call('HSET', KEYS[1], 'before', before) end
if expiresAt ~= '' then
  redis.call('HSET', KEYS[1], 'expires_at', expiresAt)
  redis.call('EXPIREAT', KEYS[1], expiresAt)
end
return 1
`;
