// What the library keeps, in Redis: one string for each thing, a set for each grant, a pointer for each session.
// Each write is one round trip, and written by scripts where several keys change together.

import { Redis } from 'ioredis';

const GRANTED = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken']);

// Writes down that a code was used, and only if it is still there: its end stays what it was.
const CONSUME = `
local kept = redis.call('GET', KEYS[1])
if not kept then return 0 end
local payload = cjson.decode(kept)
payload.consumed = tonumber(ARGV[1])
redis.call('SET', KEYS[1], cjson.encode(payload), 'KEEPTTL')
return 1`;

const KEEP = `
local function keep(key, value, ends)
  if tonumber(ends) > 0 then redis.call('SET', key, value, 'EX', ends) else redis.call('SET', key, value) end
end
keep(KEYS[1], ARGV[1], ARGV[2])`;

// The set of a grant lives as long as the longest of what it names.
const KEEP_GRANTED = `${KEEP}
local left = redis.call('TTL', KEYS[2])
redis.call('SADD', KEYS[2], KEYS[1])
if tonumber(ARGV[2]) > 0 and (left == -2 or (left >= 0 and tonumber(ARGV[2]) > left)) then
  redis.call('EXPIRE', KEYS[2], ARGV[2])
end`;

const KEEP_SESSION = `${KEEP}
keep(KEYS[2], ARGV[3], ARGV[2])`;

export function adapterOver(path) {
  const redis = new Redis(path, { enableAutoPipelining: true });
  redis.defineCommand('consume', { numberOfKeys: 1, lua: CONSUME });
  redis.defineCommand('keepGranted', { numberOfKeys: 2, lua: KEEP_GRANTED });
  redis.defineCommand('keepSession', { numberOfKeys: 2, lua: KEEP_SESSION });

  return class RedisAdapter {
    constructor(model) {
      this.model = model;
    }

    key(id) {
      return `op:${this.model}:${id}`;
    }

    async upsert(id, payload, seconds) {
      const key = this.key(id);
      const kept = JSON.stringify(payload);
      const ends = seconds || 0;
      if (GRANTED.has(this.model) && payload.grantId) {
        await redis.keepGranted(key, `op:grant:${payload.grantId}`, kept, ends);
      } else if (this.model === 'Session') {
        await redis.keepSession(key, `op:uid:${payload.uid}`, kept, ends, id);
      } else if (ends) {
        await redis.set(key, kept, 'EX', ends);
      } else {
        await redis.set(key, kept);
      }
    }

    async find(id) {
      const kept = await redis.get(this.key(id));
      return kept ? JSON.parse(kept) : undefined;
    }

    async findByUid(uid) {
      const id = await redis.get(`op:uid:${uid}`);
      return id ? this.find(id) : undefined;
    }

    async findByUserCode() {
      return undefined;
    }

    async consume(id) {
      await redis.consume(this.key(id), Math.floor(Date.now() / 1000));
    }

    async destroy(id) {
      await redis.del(this.key(id));
    }

    async revokeByGrantId(grantId) {
      const members = `op:grant:${grantId}`;
      const keys = await redis.smembers(members);
      await redis.del(members, ...keys);
    }
  };
}
