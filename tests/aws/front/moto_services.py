"""The services of moto behind one address."""

from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app


class MotoServices(DomainDispatcherApplication):
    """Gives each request to the service of moto that it is for.

    Moto lists its own folder to find the service of a host; here it does so once for a host.
    """

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self._services: dict[str | None, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        if host not in self._services:
            self._services[host] = super().get_backend_for_host(host)
        return self._services[host]
