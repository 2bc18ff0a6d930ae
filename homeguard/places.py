"""Where HomeGuard keeps its data unless told otherwise."""

import os
from pathlib import Path


def default_data_dir() -> Path:
    """Tell where data lies unless said otherwise (XDG Base Directory: `$XDG_DATA_HOME`, else `~/.local/share`)."""
    return Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser() / "homeguard"
