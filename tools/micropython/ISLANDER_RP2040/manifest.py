# What is in the interpreter itself: the coils off before anything, the file system, asyncio, rp2, and the names the
# firmware uses (`make micropython` wrote them).
freeze("modules")
freeze("names")
freeze("$(PORT_DIR)/modules", "rp2.py")
include("$(MPY_DIR)/extmod/asyncio")
