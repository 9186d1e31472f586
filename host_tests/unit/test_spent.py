"""A forgotten module is gone from both places that hold it, and can be had again."""

import sys

from firmware.spent import forget


def test_what_is_forgotten_is_loaded_anew():
    from firmware.transfer import states

    before = states
    forget("firmware.transfer.states", "firmware.transfer.never_there", "nowhere.at_all")
    try:
        assert "firmware.transfer.states" not in sys.modules
        assert not hasattr(sys.modules["firmware.transfer"], "states")
        from firmware.transfer import states as again

        assert again is not before and again.NAMES == before.NAMES
    finally:
        sys.modules["firmware.transfer.states"] = before
        sys.modules["firmware.transfer"].states = before
