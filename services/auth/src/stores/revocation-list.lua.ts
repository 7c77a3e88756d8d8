/**
 * The atomic step of the feed.
 *
 * KEYS: stream, epoch, record. ARGV: epoch, next epoch, last entry's id, newest id, database's Unix seconds, deadline in Redis's Unix
 * milliseconds, '1' when a heartbeat may be written, least milliseconds between heartbeats, milliseconds that an entry stays; then four for
 * each entry: kind, id, expires_at, before ('' for none).
 *
 * The record holds how the last run left the stream, so that changes by anyone else are noticed.
 */
export const ADD_TO_LIST = `
local stream, epochKey, recordKey = KEYS[1], KEYS[2], KEYS[3]
local epoch, nextEpoch, lastEntry, newest = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local now, deadlineMs, mayBeat = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7] == '1'
local minBeatGapMs, keepMs = tonumber(ARGV[8]), tonumber(ARGV[9])

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

-- An error, as for a key of another type or none, has none of the values that are looked for, here and below.
local function lengthAndNewest()
  local length, last = '0', '0-0'
  local info = redis.pcall('XINFO', 'STREAM', stream)
  for i = 1, 16, 2 do
    if info[i] == 'length' then length = text(info[i + 1]) end
    if info[i] == 'last-generated-id' then last = info[i + 1] end
  end
  return length, last
end

-- The list, if it is as the last run left it; else nil and the fault.
local function findList()
  local found = redis.pcall('GET', epochKey)
  if not found then return nil, 'the list is gone' end
  if found ~= epoch then return nil, 'the list has another epoch' end
  local record = redis.pcall('HMGET', recordKey, 'length', 'newest', 'trimmed', 'beat')
  if not (record[1] and record[2] and record[3] and record[4]) then return nil, 'the record is gone' end
  local length, last = lengthAndNewest()
  if length ~= record[1] or last ~= record[2] then return nil, 'somebody else has written to the stream' end
  if isAfter(newest, last) then return nil, 'the list is an older copy' end
  local trimmed, beat = record[3], record[4]
  if isAfter(lastEntry, trimmed) and #redis.call('XRANGE', stream, lastEntry, lastEntry) == 0 then return nil, 'the last entry is missing' end
  return {epoch = epoch, lastEntry = lastEntry, newest = last, trimmed = trimmed, beat = beat}
end

local list, fault = findList()
local isFirst = false
if fault then
  local removed = redis.call('UNLINK', stream, epochKey, recordKey)
  isFirst = epoch == '' and removed == 0
  redis.call('SET', epochKey, nextEpoch)
  list = {epoch = nextEpoch, lastEntry = '0-0', newest = '0-0', trimmed = '0-0', beat = ''}
end

local function add(fields)
  list.newest = redis.call('XADD', stream, '*', unpack(fields))
  return list.newest
end

local function append(fields, name, value)
  if value == '' then return end
  fields[#fields + 1] = name
  fields[#fields + 1] = value
end

for i = 10, #ARGV, 4 do
  local fields = {'kind', ARGV[i], 'id', ARGV[i + 1]}
  append(fields, 'expires_at', ARGV[i + 2])
  append(fields, 'before', ARGV[i + 3])
  list.lastEntry = add(fields)
end

local function isLive(fields)
  local entry = {}
  for i = 1, #fields, 2 do entry[fields[i]] = fields[i + 1] end
  if entry['kind'] == 'kid' then return true end
  return entry['kind'] ~= 'heartbeat' and tonumber(entry['expires_at'] or '0') > now
end

-- Trimmed by time, of which the slower clock is right; but what is live, as a killed key permanently is, moves to the end.
local old = math.min(nowMs, now * 1000) - keepMs
if old > 0 then
  for _, entry in ipairs(redis.call('XRANGE', stream, '-', text(old) .. '-0', 'COUNT', 1000)) do
    local id, fields = entry[1], entry[2]
    if isLive(fields) then list.lastEntry = add(fields) end
    redis.call('XDEL', stream, id)
    list.trimmed = id
  end
end

local sinceBeatMs = nowMs - ms(list.beat)
local isBeatDue = sinceBeatMs >= minBeatGapMs or sinceBeatMs < 0
if mayBeat and not fault and isBeatDue then
  local before = list.beat
  list.beat = add({'kind', 'heartbeat', 'id', list.epoch, 'expires_at', text(now + keepMs / 1000)})
  if before ~= '' then redis.call('XDEL', stream, before) end
end

local length = text(redis.call('XLEN', stream))
redis.call('HSET', recordKey, 'length', length, 'newest', list.newest, 'trimmed', list.trimmed, 'beat', list.beat)
return {fault or '', text(nowMs), list.epoch, list.lastEntry, list.newest, list.beat, isFirst and '1' or ''}
`;

/**
 * Writes the hash of one entry. If there already is one, the stricter wins: the later end, and no `before` over any, else the later one.
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
