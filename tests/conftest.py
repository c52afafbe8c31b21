"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

# the same inputs at every run and on every machine; `make fuzz` is for looking further
settings.register_profile("same", derandomize=True, deadline=None, database=None, max_examples=50)
settings.load_profile("same")
