"""The transition table and the switchgear, searched for a way to something dangerous."""
