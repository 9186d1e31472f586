"""Which pin is what: the reference board (RP2040, all 30 GPIO) and a Raspberry Pi Pico (26 of them, single phase).

Declared safe levels: every coil pin low, both drivers off the bus (DE low), the permit low and still. A contact pulls
its pin low when closed, so a broken wire reads as open. boot.py repeats the coil pins on purpose.
"""

from micropython import const

PERMIT = const(2)  # square wave into the charge pump that feeds every coil
FIRST_COIL = const(3)  # K1, K2, KN, ISLAND_REQUEST on four pins in the order of port.OUT_*
COILS = const(4)
UART_A = (0, 1)  # TX, RX of UART0: charger and battery
DE_A = const(7)
FRAM = (18, 19, 16, 17)  # SCK, MOSI, MISO of SPI0, CS
EXPANDER = (21, 20)  # SCL, SDA of I2C0
ADC_FIRST = const(26)  # GPIO of converter input 0: grid L1, L2, house L1, L2 (Pico: grid, house, N-E, VSYS/3)

# Inputs: three runs of neighbouring pins, each (first pin, number of pins, first IN_* bit): K1 52a, 52b, K2 52a, 52b,
# KN; then READY, FAULT, E_STOP_OK, BYPASS_OFF.
REFERENCE_INPUTS = ((11, 5, 0), (22, 4, 5), (22, 0, 0))
PICO_INPUTS = ((11, 5, 0), (22, 1, 5), (8, 3, 6))  # a Pico has no GPIO 23..25: RS-485 B gives up its three pins
UART_B = (8, 9)  # TX, RX of UART1: the site's energy manager; reference board only
DE_B = const(10)
