"""What a live fragment says it shows, as its own refresh would send it back."""

import re
from typing import Any


def mark_of(answer: Any) -> str:
    """The `seen` of the first live fragment in an answer."""
    (mark, *_others) = re.findall(r"seen=([0-9a-f]{8})", answer.content.decode())
    return str(mark)
