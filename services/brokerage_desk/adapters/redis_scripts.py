"""What Redis does at once, undivided: each script runs alone, on the server. In Lua, as Redis and Valkey take it.

Knows the hash `meta` (generation, confirmed, a position for each partition), the stream of changes, and a hash of
documents for each kind. Every script compares before it sets.
"""

from typing import Final

WRITE: Final = """
local meta, changes = KEYS[1], KEYS[2]
local generation, place, since, till = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
if redis.call('HGET', meta, 'generation') ~= generation then return -1 end
local held = tonumber(redis.call('HGET', meta, 'at:' .. place) or '0')
if held >= till then return held end
if held < since then return -1 end
local puts = tonumber(ARGV[7])
local last = 7 + 3 * puts
for at = 8, last, 3 do redis.call('HSET', KEYS[2 + tonumber(ARGV[at])], ARGV[at + 1], ARGV[at + 2]) end
for at = last + 1, #ARGV, 2 do redis.call('HDEL', KEYS[2 + tonumber(ARGV[at])], ARGV[at + 1]) end
redis.call('HSET', meta, 'at:' .. place, ARGV[4])
redis.call('XADD', changes, 'MAXLEN', '~', ARGV[6], '*',
  'generation', generation, 'place', place, 'since', ARGV[3], 'until', ARGV[4], 'names', ARGV[5])
return till
"""
"""Keys: meta, changes, each kind. Arguments: generation, partition, since, until, names, length of the stream, number
of puts, then (kind, id, value) of each put and (kind, id) of each that is gone. Returns the position; -1: lost."""

BEGIN: Final = """
local meta, changes = KEYS[1], KEYS[2]
local now = redis.call('HGET', meta, 'generation') or ''
if now == ARGV[2] then return 1 end
if now ~= ARGV[1] then return 0 end
for each = 3, #KEYS do
  if redis.call('HLEN', KEYS[each]) ~= tonumber(ARGV[2 + each]) then return 0 end
end
local positions, held, first = {}, redis.call('HGETALL', meta), 3 + #KEYS
for at = first, #ARGV, 2 do positions['at:' .. ARGV[at]] = tonumber(ARGV[at + 1]) end
for at = 1, #held, 2 do
  if string.sub(held[at], 1, 3) == 'at:' and tonumber(held[at + 1]) > (positions[held[at]] or 0) then return 0 end
end
redis.call('DEL', meta)
redis.call('HSET', meta, 'generation', ARGV[2])
for at = first, #ARGV, 2 do redis.call('HSET', meta, 'at:' .. ARGV[at], ARGV[at + 1]) end
for each = 1, #KEYS do redis.call('EXPIRE', KEYS[each], ARGV[4]) end
redis.call('XADD', changes, 'MAXLEN', '~', ARGV[3], '*', 'generation', ARGV[2])
return 1
"""
"""Keys: meta, changes, each kind of the new generation. Arguments: generation that is replaced, the new one, length of
the stream, seconds that all is kept, how many documents each kind has, then (partition, position) of each. A generation
of which anything is gone again, as after a flush, does not begin."""

CONFIRM: Final = """
local meta = KEYS[1]
if redis.call('HGET', meta, 'generation') ~= ARGV[1] then return 0 end
for at = 4, #ARGV, 2 do
  if tonumber(redis.call('HGET', meta, 'at:' .. ARGV[at]) or '0') < tonumber(ARGV[at + 1]) then return 0 end
end
redis.call('HSET', meta, 'confirmed', ARGV[2])
for each = 1, #KEYS do redis.call('EXPIRE', KEYS[each], ARGV[3]) end
return 1
"""
"""Keys: meta, changes, each kind. Arguments: generation, what to write, seconds that all is kept, then (partition,
position) of each."""
