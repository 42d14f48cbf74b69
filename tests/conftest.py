"""For all tests: no property is judged by how fast this machine tried it. What never ends is stopped by pytest-timeout."""

from hypothesis import settings

settings.register_profile("diemcau", deadline=None)
settings.load_profile("diemcau")
