-- Sends the requests of a file, in order and over again; where IDP_BENCH_ONCE is set once each, and measures until the
-- last of them is answered. One thread.
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

-- Without its end: no server answers it, so that a connection which has nothing left to ask for rests.
local RESTS = "GET / HTTP/1.1\r\nHost: localhost\r\n"

local only

function setup(thread)
  only = thread
end

function init(arguments)
  requests, place, resting, finished = {}, 0, 0, 0
  once, connections = os.getenv("IDP_BENCH_ONCE") == "1", tonumber(os.getenv("IDP_BENCH_CONNECTIONS"))
  local file = assert(io.open(os.getenv("IDP_BENCH_REQUESTS"), "rb"))
  while true do
    local line = file:read("*l")
    if not line then break end
    table.insert(requests, file:read(tonumber(line)))
    file:read(1)
  end
  file:close()
end

function request()
  if not tried then
    -- wrk reads one request before it begins, and does not send it.
    tried = true
    return requests[1]
  end
  if not started then started = now() end
  place = place + 1
  if place > #requests then
    if once then
      resting = resting + 1
      -- Each connection asks for one more when it has its last answer.
      if resting == math.min(connections, #requests) then
        finished = now()
        -- wrk sleeps until its time is over; SIGINT is how it is told that this is now.
        ffi.C.kill(ffi.C.getpid(), 2)
      end
      return RESTS
    end
    place = 1
  end
  return requests[place]
end

function done(summary, latency, _)
  local ended = only:get("finished")
  local seconds = ended > 0 and ended - only:get("started") or summary.duration / 1e6
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  if failed > 0 then
    io.stderr:write(string.format("connect %d, read %d, write %d, timeout %d\n", summary.errors.connect,
      summary.errors.read, summary.errors.write, summary.errors.timeout))
  end
  io.write(string.format(
    'IDP_BENCH {"requests": %d, "seconds": %.6f, "failed": %d, "refused": %d, "octets": %d, ' ..
    '"p50": %d, "p95": %d, "p99": %d, "max": %d}\n',
    summary.requests, seconds, failed, summary.errors.status, summary.bytes,
    latency:percentile(50), latency:percentile(95), latency:percentile(99), latency.max))
end
