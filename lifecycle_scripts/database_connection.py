"""A connection to a server of MariaDB or MySQL, by the C library that both have."""

from __future__ import annotations

import ctypes

from lifecycle_error import LifecycleError

CONNECT_TIMEOUT = 0
"""The number of MYSQL_OPT_CONNECT_TIMEOUT."""
SECONDS = 10


class DatabaseConnection:
    """One connection, until it is closed."""

    def __init__(
        self, library: ctypes.CDLL, server: tuple[str, int], user: tuple[str, str]
    ) -> None:
        self._library = library
        pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint
        connecting = [pointer, text, text, text, text, number, text, ctypes.c_ulong]
        for name, result, arguments in (
            ("mysql_init", pointer, [pointer]),
            ("mysql_options", ctypes.c_int, [pointer, ctypes.c_int, pointer]),
            ("mysql_real_connect", pointer, connecting),
            ("mysql_query", ctypes.c_int, [pointer, text]),
            ("mysql_error", text, [pointer]),
            ("mysql_close", None, [pointer]),
        ):
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
        self._handle = ctypes.c_void_p(library.mysql_init(None))
        seconds = ctypes.byref(number(SECONDS))
        library.mysql_options(self._handle, CONNECT_TIMEOUT, seconds)
        (host, port), (name, password) = server, user
        names = (host.encode(), name.encode(), password.encode())
        if not library.mysql_real_connect(self._handle, *names, None, port, None, 0):
            error = self._error()
            self.close()
            raise LifecycleError(f"the database {host} cannot be reached: {error}")

    def refusal_of(self, statement: str) -> str | None:
        """Executes a statement without a result; returns why the server does not execute it."""
        refused = self._library.mysql_query(self._handle, statement.encode())
        return self._error() if refused else None

    def close(self) -> None:
        """Ends the connection."""
        self._library.mysql_close(self._handle)

    def _error(self) -> str:
        return str(self._library.mysql_error(self._handle).decode(errors="replace"))
