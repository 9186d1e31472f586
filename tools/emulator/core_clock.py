"""The core's rate: the emulator's is fixed at 125 MHz, silicon's is what the guest makes of the system PLL.

Where the emulator was compiled here (native.py) the rate follows the PLL; the wheel's own build stays at 125 MHz, and
everything but the core's speed is the same.
"""

from typing import Any

from tools.emulator import native

CRYSTAL_HZ = 12_000_000
WHEEL_HZ = 125_000_000
PLL_SYS = 0x40028
CS, FBDIV, PRIM = 0x00, 0x08, 0x0C


class CoreClock:
    """Watches the system PLL of one chip; `hz` is the core's rate now."""

    def __init__(self, mcu: Any) -> None:
        self._mcu, self.hz = mcu, WHEEL_HZ
        self._written: dict[int, int] = {}
        mcu.peripherals[PLL_SYS] = _Watched(mcu.peripherals[PLL_SYS], self._write)

    def take(self) -> None:
        """The chips of one process share the rate: this one runs next."""
        native.core_rate(self.hz)

    def _write(self, offset: int, value: int, kind: int) -> None:
        if kind == 0:
            self._written[offset] = value
        if kind == 0 and offset == PRIM:  # written last, when the VCO runs
            self._follow(CRYSTAL_HZ // (self._written.get(CS, 1) & 0x3F or 1), self._written.get(FBDIV, 0))

    def _follow(self, reference_hz: int, times: int) -> None:
        prim = self._written[PRIM]
        divisor = (prim >> 16 & 7) * (prim >> 12 & 7)
        if not divisor or not times or not native.core_rate(reference_hz * times // divisor):
            return
        self.hz = reference_hz * times // divisor
        timer = self._mcu.ppb.systick_timer
        count = timer.counter
        timer._base_freq = self.hz
        timer.set(count)


class _Watched:
    """A peripheral as the bus sees it; every write is told first."""

    def __init__(self, peripheral: Any, told: Any) -> None:
        self._peripheral, self._told = peripheral, told

    def __getattr__(self, name: str) -> Any:
        return getattr(self._peripheral, name)

    def write_uint32_atomic(self, offset: int, value: int, kind: int) -> None:
        self._told(offset, value, kind)
        self._peripheral.write_uint32_atomic(offset, value, kind)
