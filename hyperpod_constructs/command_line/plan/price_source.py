"""Prices as the options of a command name them."""

import argparse
import sys
from pathlib import Path

from hyperpod_constructs.command_line.operate.printing import say
from hyperpod_constructs.cost.estimate import HOURS_PER_MONTH
from hyperpod_constructs.cost.price_file import URL, PriceFile, cache_folder
from hyperpod_constructs.cost.prices import CURRENCY, PriceFileError, Prices
from hyperpod_constructs.model.command_error import ErrorCode
from hyperpod_constructs.operations.errors import OperationError

_MIB = 1024 * 1024
_CLEAR_LINE = "\r\x1b[K"


def prices_for(options: argparse.Namespace, region: str) -> Prices:
    """The prices of a Region. A terminal shows the progress of the download.

    Raises:
        OperationError: If they cannot be read.
    """
    file = PriceFile(options.url or URL, Path(cache_folder()))
    is_terminal = sys.stderr.isatty()

    def report(size: int) -> None:
        sys.stderr.write(f"{_CLEAR_LINE}Downloading prices of {region}: {size // _MIB} MiB")
        sys.stderr.flush()

    try:
        prices, outdated = file.prices(
            region, refresh=options.refresh, report=report if is_terminal else None
        )
    except PriceFileError as error:
        raise OperationError(
            ErrorCode.PRICES_MISSING,
            f"prices of {region}: {error}; the command requires internet access to the price file of "
            "AWS, or --url with the http or https address of a copy of it",
        ) from error
    finally:
        if is_terminal:
            sys.stderr.write(_CLEAR_LINE)
    if outdated is not None:
        say(
            f"The price file was not downloaded, and earlier prices are used: {outdated}",
            sys.stderr,
        )
    return prices


def origin(prices: Prices) -> str:
    """Where prices are from, in words."""
    return (
        f"Prices in {CURRENCY} for {prices.region}, from the price file of Amazon SageMaker AI, version "
        f"{prices.version}, published {prices.published}. A month has {HOURS_PER_MONTH} hours."
    )
