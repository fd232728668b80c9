-- Sends the requests of a file, in order and over again; where IDP_BENCH_ONCE is set once each, and the last of the
-- file, which is not counted, whenever wrk wants one more.
-- The file: for each request its length in octets on a line, then the request itself.

local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long seconds; long nanoseconds; } idp_time;
  int clock_gettime(int clock, idp_time *now);
  int getpid(void);
  int kill(int process, int signal);
]]

local function now()
  local read = ffi.new("idp_time")
  ffi.C.clock_gettime(1, read)
  return tonumber(read.seconds) + tonumber(read.nanoseconds) / 1e9
end

local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

function init(arguments)
  requests, place, once = {}, 0, os.getenv("IDP_BENCH_ONCE") == "1"
  local share, of = number, tonumber(os.getenv("IDP_BENCH_THREADS"))
  local file = assert(io.open(os.getenv("IDP_BENCH_REQUESTS"), "rb"))
  local index = 0
  while true do
    local line = file:read("*l")
    if not line then break end
    local one = file:read(tonumber(line))
    file:read(1)
    if index % of == share then table.insert(requests, one) end
    index, spare = index + 1, one
  end
  file:close()
  if once and requests[#requests] == spare then table.remove(requests) end
  finished = 0
end

function request()
  place = place + 1
  if place > #requests then
    if once then
      if finished == 0 then
        finished = now()
        -- wrk sleeps until its time is over; SIGINT is how it is told that this is now.
        ffi.C.kill(ffi.C.getpid(), 2)
      end
      return spare
    end
    place = 1
  end
  if place == 1 and not started then started = now() end
  return requests[place]
end

function done(summary, latency, _)
  local began, ended = math.huge, 0
  for _, thread in ipairs(threads) do
    began = math.min(began, thread:get("started") or math.huge)
    ended = math.max(ended, thread:get("finished") or 0)
  end
  local seconds = ended > 0 and ended - began or summary.duration / 1e6
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format(
    'IDP_BENCH {"requests": %d, "seconds": %.6f, "failed": %d, "refused": %d, "p50": %d, "p95": %d, "p99": %d, "max": %d}\n',
    summary.requests, seconds, failed, summary.errors.status,
    latency:percentile(50), latency:percentile(95), latency:percentile(99), latency.max))
end
