"""Where things lie in the 512 KB of permanent memory, and what there is instead without it."""

from micropython import const

SETTINGS = const(0)  # two copies of 8 KB, store.Store
SECRET = const(16384)  # the unlock code's hash, console/access.py
LASTING = const(16512)  # 86 and starts, record/lasting.py
SCRATCH = const(16640)  # 64 bytes for `test memory`
COUNTERS = const(16768)  # operations of the contactors, record/counters.py
EVENTS = const(32768)
EVENTS_BYTES = const(262144)  # 4096 records of 64 bytes
WAVES = const(294912)
WAVES_BYTES = const(229376)  # six records
SIZE = const(524288)

WAVE_TICKS = const(1040)  # 0.52 s
WAVE_PRE = const(180)  # of them before the trigger: 90 ms
RING_TICKS = const(520)  # 18,720 bytes of RAM; less the 180 the background may be 0.17 s late
LEAST_SLACK = const(100)  # a ring that waits less than 50 ms for the background is not worth its room

# Without permanent memory: 64 events, one record of a quarter of a second, in RAM.
RAM_EVENTS_BYTES = const(4096)
RAM_WAVE_TICKS = const(500)
RAM_WAVE_PRE = const(150)
RAM_RING_TICKS = const(380)
RAM_WAVE_BYTES = const(18064)  # head and ticks
