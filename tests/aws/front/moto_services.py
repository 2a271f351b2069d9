"""The services of moto behind one address."""

from functools import cache
from typing import Any

from moto.core import responses
from moto.core.utils import method_names_from_class
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app


class MotoServices(DomainDispatcherApplication):
    """Gives each request to the service of moto that it is for.

    Moto lists its own folder to find the service of a host, and the methods of a service to find an
    operation; here it does so once.
    """

    def __init__(self) -> None:
        responses.method_names_from_class = cache(method_names_from_class)  # type: ignore[attr-defined]
        super().__init__(create_backend_app)
        self._services: dict[str | None, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        if host not in self._services:
            self._services[host] = super().get_backend_for_host(host)
        return self._services[host]
