"""What the emulator itself did wrong: it is never an answer of AWS, and never lets a client wait."""

import threading
import traceback
from dataclasses import dataclass, field

TITLE = "EMULATOR FAULT"


@dataclass
class Faults:
    """The faults of an emulator since it was last asked for them."""

    _noted: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, error: BaseException) -> str:
        """Notes a fault, and gives the text that stands in place of an answer of AWS."""
        text = f"{TITLE}: {''.join(traceback.format_exception(error))}"
        with self._lock:
            self._noted.append(text)
        return text

    def take(self) -> list[str]:
        """The faults, which are then forgotten."""
        with self._lock:
            taken, self._noted = self._noted, []
        return taken
