# The same with the firmware inside. For boards that are never updated over a wire. The kernels then run from flash too,
# where a cache miss costs time that the emulator does not show.
include("manifest.py")
freeze("slot")
freeze("frozen")
