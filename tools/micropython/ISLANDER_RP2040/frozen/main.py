"""Starts the firmware that is frozen into this image: no slots, no loader."""

import app  # noqa: F401
