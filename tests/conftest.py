"""For all tests: no property is judged by how fast this machine tried it. What never ends is stopped by pytest-timeout. Servers
carry no programme (a worker and its encoders) unless a test asks for it with `--media`.
"""

import os

from hypothesis import settings

settings.register_profile("diemcau", deadline=None)
settings.load_profile("diemcau")

os.environ["DIEMCAU_MEDIA"] = "0"
