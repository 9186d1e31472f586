"""Before the file system is looked at: every coil off. Then the file system, made anew if there is none.

boot.py does the same once more on any MicroPython; here it holds even when no file can be read.
"""

import rp2
import vfs
from machine import Pin

for number in (2, 3, 4, 5, 6):  # permit, K1, K2, KN, ISLAND_REQUEST, as in boot.py
    Pin(number, Pin.OUT, value=0)

flash = rp2.Flash()
try:
    files = vfs.VfsLfs2(flash, progsize=256)
except OSError:
    vfs.VfsLfs2.mkfs(flash, progsize=256)
    files = vfs.VfsLfs2(flash, progsize=256)
vfs.mount(files, "/")

del flash, files, number, Pin, rp2, vfs
