"""Host-side tools: they build, run, replay and judge the firmware; nothing here is ever loaded onto a board."""
