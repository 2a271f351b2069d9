"""The download of the public price file, with a cache of the prices of clusters.

Source: https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-the-aws-price-list-bulk-api.html
"""

import json
import os
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.error import HTTPError
from urllib.parse import urlsplit

from .prices import OfClusters, PriceFileError, Prices, read_prices

URL = (
    "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonSageMaker/current/"
    "{region}/index.json"
)
_MAX_AGE_SECONDS = 24 * 3600
_TIMEOUT_SECONDS = 60
_LARGEST = 128 * 1024 * 1024
"""The file of a Region has some 16 MiB. Twice the size is the memory that reading it requires."""
_PART = 1024 * 1024


@dataclass(frozen=True)
class PriceFile:
    """Where prices are.

    Attributes:
        url: Address of the price file; `{region}` is the Region.
        cache: Folder in which prices are saved for a day.
    """

    url: str
    cache: Path

    def prices(
        self,
        region: str,
        *,
        refresh: bool = False,
        report: Callable[[int], None] | None = None,
    ) -> tuple[Prices, str | None]:
        """The prices of a Region.

        Args:
            region: The Region.
            refresh: Whether to download the file although the cache is new.
            report: Receives the number of bytes that were downloaded, from time to time.

        Returns:
            The prices, and why they are older than a day, if they are.

        Raises:
            PriceFileError: If the file cannot be read, and no prices are saved.
        """
        saved = self._saved(region)
        if saved is not None and not refresh and self._is_new(region):
            return saved, None
        try:
            prices = read_prices(self._download(region, report), region)
        except PriceFileError as error:
            if saved is None:
                raise
            return saved, str(error)
        self._save(prices)
        return prices, None

    def _download(self, region: str, report: Callable[[int], None] | None) -> object:
        url = self.url.replace("{region}", region)
        if urlsplit(url).scheme not in {"https", "http"}:
            raise PriceFileError(f"{url}: is not an https address")
        try:
            with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
                content = bytearray()
                while len(content) <= _LARGEST and (part := answer.read(_PART)):
                    content += part
                    if report is not None:
                        report(len(content))
        except HTTPError as error:
            raise PriceFileError(f"{url}: {error}") from error
        except OSError as error:
            raise PriceFileError(f"{url}: {getattr(error, 'reason', error)}") from error
        if len(content) > _LARGEST:
            raise PriceFileError(f"{url}: is larger than {_LARGEST} bytes")
        try:
            text = content.decode()
            del content
            return json.loads(text, object_hook=OfClusters())
        except ValueError as error:
            raise PriceFileError(f"{url}: is not JSON: {error}") from error

    def _path(self, region: str) -> Path:
        host = urlsplit(self.url).netloc.replace(":", "-")
        return self.cache / f"prices-{host}-{region}.json"

    def _is_new(self, region: str) -> bool:
        return time.time() - self._path(region).stat().st_mtime < _MAX_AGE_SECONDS

    def _saved(self, region: str) -> Prices | None:
        try:
            content = json.loads(self._path(region).read_text(encoding="utf-8"))
            return Prices(
                region,
                content["version"],
                content["published"],
                {name: Decimal(price) for name, price in content["hourly"].items()},
                None if content["volumes"] is None else Decimal(content["volumes"]),
            )
        except (OSError, ValueError, KeyError, ArithmeticError):
            return None

    def _save(self, prices: Prices) -> None:
        content = {
            "version": prices.version,
            "published": prices.published,
            "hourly": {name: str(price) for name, price in prices.hourly.items()},
            "volumes": None if prices.volumes is None else str(prices.volumes),
        }
        try:
            self.cache.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile("w", dir=self.cache, delete=False, encoding="utf-8") as file:
                json.dump(content, file)
            Path(file.name).replace(self._path(prices.region))
        except OSError:
            return  # The cache saves time only.


def cache_folder() -> Path:
    """The folder for the cache of the user."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "hyperpod-constructs"
