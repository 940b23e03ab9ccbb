"""Few examples, always the same: these tests run with every change."""

from hypothesis import settings

settings.register_profile("brook", max_examples=60, deadline=None, derandomize=True)
settings.load_profile("brook")
