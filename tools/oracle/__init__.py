"""An independent model of IEEE 1547-2018 (EPRI's OpenDER) beside the firmware's own kernels, on the same traces."""
