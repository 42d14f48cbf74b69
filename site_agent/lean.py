"""Imported first by the agent, to stay small: structlog loads `rich` wherever it finds it, 4 MB for a look the agent never has.

Only structlog is kept from finding it, and only in a process that has imported neither.
"""

import sys
from typing import Any, cast

if "structlog" not in sys.modules and "rich" not in sys.modules:
    modules = cast("dict[str, Any]", sys.modules)
    modules["rich"] = None
    try:
        import structlog  # noqa: F401
    finally:
        del modules["rich"]
