"""Everything that is counted, on one screen; docs/operations.md and deploy/prometheus/alerts.yml use these names."""

from typing import Final

from idp.metrics.ledger import Counter, Gauge, Histogram, Level

# Requests

REQUESTS: Final = Histogram(
    "idp_http_request_duration_seconds",
    "Time to answer a request, by route.",
    ("route", "method", "status"),
    counter="idp_http_requests_total",
)
REFUSALS: Final = Counter(
    "idp_refusals_total", "Requests of applications that were refused, by protocol error code.", ("endpoint", "error")
)

# People and applications

SIGN_INS: Final = Counter("idp_sign_ins_total", "Attempts to sign in, by way and outcome.", ("way", "outcome"))
SECURITY_EVENTS: Final = Counter("idp_security_events_total", "Events put on record, by kind.", ("event",))
TOKENS: Final = Counter("idp_tokens_issued_total", "Token answers, by grant.", ("grant",))

# Passwords

HASH_WAIT: Final = Histogram("idp_password_hash_wait_seconds", "Time a password waited for its turn to be hashed.")
HASH_TIME: Final = Histogram("idp_password_hash_seconds", "Time that Argon2 took for one password.")
HASHES_WAITING: Final = Level("idp_password_hashes_waiting", "Passwords that wait for their turn.")
HASHES_RUNNING: Final = Level("idp_password_hashes_running", "Passwords that are being hashed.")
HASHES_BUSY: Final = Counter(
    "idp_password_hashes_refused_total", "Passwords that were not looked at because too many waited."
)

# What is outside

OUTBOUND: Final = Histogram(
    "idp_outbound_duration_seconds",
    "HTTP calls that left the house, by whom they went to; `applications` stands for all of them.",
    ("to", "outcome"),
    counter="idp_outbound_calls_total",
)
UPSTREAM_OPEN: Final = Gauge(
    "idp_upstream_withheld", "1 where this upstream's circuit breaker is open in a process.", ("upstream",), merge="max"
)
DELIVERIES: Final = Counter(
    "idp_deliveries_total", "Work handed over or not, by kind and outcome.", ("kind", "outcome")
)

# Stores

DATABASE_FAULTS: Final = Counter(
    "idp_database_faults_total",
    "Units of work that the database did not carry out, by kind.",
    ("kind",),
    known=(("busy",), ("unavailable",)),
)
DATABASE_CONNECTIONS: Final = Gauge(
    "idp_database_connections", "Connections to the database that the node's pools hold.", ("state",)
)
DATABASE_CONNECTIONS_MOST: Final = Gauge("idp_database_connections_most", "Connections that its pools may open.")
REDIS_FAULTS: Final = Counter("idp_redis_faults_total", "Calls that Redis did not answer, by kind.", ("kind",))
REDIS_STANDS_IN: Final = Gauge("idp_redis_stand_in", "1 while the database stands in for Redis.", merge="max")

# The worker's queues, read from the database

OUTBOX_WAITING: Final = Gauge("idp_outbox_waiting", "Work that waits to be delivered, by kind.", ("kind",), merge="max")
OUTBOX_OLDEST: Final = Gauge(
    "idp_outbox_oldest_age_seconds", "Age of the oldest work that waits, by kind.", ("kind",), merge="max"
)
LETTERS_WAITING: Final = Gauge("idp_letters_waiting", "Letters that wait to be printed.", merge="max")
LETTERS_OLDEST: Final = Gauge("idp_letters_oldest_age_seconds", "Age of the oldest of them.", merge="max")
KEY_AGE: Final = Gauge(
    "idp_signing_key_age_seconds", "Seconds for which the key that signs has been signing.", ("algorithm",), merge="max"
)
KEY_REMAINS: Final = Gauge(
    "idp_signing_key_remaining_seconds", "Seconds until it retires; below zero it is late.", ("algorithm",), merge="max"
)

# The programs

BUILD: Final = Gauge("idp_build_info", "1, with the versions as labels.", ("version", "python"), merge="max")
PROCESSES: Final = Gauge("idp_processes", "Processes of this node that serve or deliver.")
CPU: Final = Counter("idp_cpu_seconds_total", "Processor time of these processes.")
MEMORY: Final = Gauge("idp_resident_memory_bytes", "Memory that they have resident, together.")
MEMORY_MOST: Final = Gauge("idp_resident_memory_largest_bytes", "Memory of the largest of them.", merge="max")

COUNTERS: Final = (
    REFUSALS, SIGN_INS, SECURITY_EVENTS, TOKENS, HASHES_BUSY, DELIVERIES, DATABASE_FAULTS, REDIS_FAULTS, CPU,
)  # fmt: skip
HISTOGRAMS: Final = (REQUESTS, HASH_WAIT, HASH_TIME, OUTBOUND)
LEVELS: Final = (HASHES_WAITING, HASHES_RUNNING)
GAUGES: Final = (
    UPSTREAM_OPEN, DATABASE_CONNECTIONS, DATABASE_CONNECTIONS_MOST, REDIS_STANDS_IN, OUTBOX_WAITING, OUTBOX_OLDEST,
    LETTERS_WAITING, LETTERS_OLDEST, KEY_AGE, KEY_REMAINS, BUILD, PROCESSES, MEMORY, MEMORY_MOST,
)  # fmt: skip
