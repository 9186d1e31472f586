// The board of Islander's own MicroPython: a Raspberry Pi Pico with room for two firmware slots that run from flash.
//
//   0x000000  code           640 KB
//   0x0A0000  two slots      2 x 320 KB, ROMFS (tools/emulator/image.py and firmware/board/loader.py know it)
//   0x140000  file system    768 KB, littlefs
#define MICROPY_HW_BOARD_NAME "Islander RP2040"
#define MICROPY_HW_FLASH_STORAGE_BYTES (768 * 1024)
#define MICROPY_HW_ROMFS_BYTES (640 * 1024)
