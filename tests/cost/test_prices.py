"""Prices are exactly those of cluster nodes, and a missing one is never replaced."""

import json
import os
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hyperpod_constructs.__main__ import main
from hyperpod_constructs.cost import price_file
from hyperpod_constructs.cost.price_file import PriceFile
from hyperpod_constructs.cost.prices import OfClusters, PriceFileError, read_prices

from .offers import PRICES, VOLUMES, offer
from .server import PriceServer


def cached(folder: Path) -> Path:
    (file,) = (folder / "cache" / "hyperpod-constructs").iterdir()
    return file


def test_lookalikes_and_other_regions_are_not_read() -> None:
    found = read_prices(offer(), "us-west-2")

    assert found.hourly == {name: Decimal(price) for name, price in PRICES.items()}
    assert found.volumes == Decimal(VOLUMES)
    assert (found.version, found.published) == ("20261116170000", "2026-11-16T17:00:00Z")


@pytest.mark.parametrize("prefix", ["EU", "USE1", "APN1"])
def test_the_region_is_not_read_from_the_prefix_of_usage_types(prefix: str) -> None:
    assert len(read_prices(offer("eu-west-1", prefix), "eu-west-1").hourly) == len(PRICES)


def change(where: dict[str, Any], **members: Any) -> None:
    (term,) = where.values()
    (dimension,) = term["priceDimensions"].values()
    dimension.update(members)


@pytest.mark.parametrize(
    "members",
    [
        {"unit": "Quantity"},
        {"pricePerUnit": {"CNY": "3.06"}},
        {"pricePerUnit": {"USD": "free"}},
        {"pricePerUnit": {}},
    ],
)
def test_a_price_in_another_unit_is_unknown(members: dict[str, Any]) -> None:
    content = offer()
    change(content["terms"]["OnDemand"]["CLUSTER0"], **members)

    assert "ml.c5.4xlarge" not in read_prices(content, "us-west-2").hourly


def test_two_prices_of_a_type_are_unknown() -> None:
    content = offer()
    other = {**content["products"]["CLUSTER0"], "sku": "OTHER"}
    content["products"]["OTHER"] = other
    content["terms"]["OnDemand"]["OTHER"] = content["terms"]["OnDemand"]["CLUSTER1"]

    assert "ml.c5.4xlarge" not in read_prices(content, "us-west-2").hourly


@pytest.mark.parametrize("products_first", [True, False])
def test_only_products_of_clusters_are_kept_of_a_file(products_first: bool) -> None:
    whole = offer()
    names = ("products", "terms") if products_first else ("terms", "products")
    text = json.dumps(
        {**{name: whole[name] for name in names}, **whole, "offerCode": "AmazonSageMaker"}
    )

    kept = json.loads(text, object_hook=OfClusters())

    assert read_prices(kept, "us-west-2") == read_prices(whole, "us-west-2")
    assert kept["products"]["TRAIN0"] is None
    assert (kept["terms"]["OnDemand"]["TRAIN0"]["TRAIN0.JRTCKXETXF"] is None) is products_first


def test_the_size_of_a_download_is_reported(server: PriceServer, tmp_path: Path) -> None:
    sizes: list[int] = []

    PriceFile(server.url, tmp_path).prices("us-west-2", report=sizes.append)

    assert sizes[-1] == len(server.content)


def test_a_file_that_is_too_large_is_refused(
    server: PriceServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(price_file, "_LARGEST", len(server.content) - 1)

    with pytest.raises(PriceFileError, match=r"is larger than \d+ bytes"):
        PriceFile(server.url, tmp_path).prices("us-west-2")


@pytest.mark.parametrize("content", [[], {}, {"offerCode": "AmazonEC2"}])
def test_other_files_are_refused(content: object) -> None:
    with pytest.raises(PriceFileError, match="is not the price file of Amazon SageMaker AI"):
        read_prices(content, "us-west-2")


def test_prices_are_printed_with_version_and_date(
    server: PriceServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        main(["prices", "p5", "ml.g5.8xlarge", "--region", "us-west-2", "--url", server.url]) == 0
    )
    out = capsys.readouterr().out

    assert [line.split() for line in out.splitlines()[1:3]] == [
        ["ml.p5.48xlarge", "66.0480", "48215.04"],
        ["ml.g5.8xlarge", "3.0600", "2233.80"],
    ]
    assert "version 20261116170000, published 2026-11-16T17:00:00Z" in out
    assert "Volumes: 0.14 a GB and month." in out
    assert server.requests == ["/us-west-2/index.json"]


def test_an_unknown_price_is_said_and_fails(
    server: PriceServer, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["prices", "ml.p5e.48xlarge", "--region", "us-west-2", "--url", server.url]

    assert main(arguments) == 1
    assert capsys.readouterr().out.splitlines()[1].split() == [
        *("ml.p5e.48xlarge", "unknown", "unknown")
    ]
    assert main([*arguments, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["PerHour"] == {"ml.p5e.48xlarge": None}


def test_prices_are_downloaded_once_a_day(
    server: PriceServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["prices", "--region", "us-west-2", "--url", server.url]
    for _ in range(2):
        assert main(arguments) == 0
    assert len(server.requests) == 1
    assert main([*arguments, "--refresh"]) == 0
    assert len(server.requests) == 2

    yesterday = time.time() - 25 * 3600
    os.utime(cached(tmp_path), (yesterday, yesterday))
    assert main(arguments) == 0
    assert len(server.requests) == 3

    capsys.readouterr()
    os.utime(cached(tmp_path), (yesterday, yesterday))
    server.content = b""
    assert main(arguments) == 0
    captured = capsys.readouterr()
    assert "published 2026-11-16" in captured.out
    assert "was not downloaded, and earlier prices are used" in captured.err


def test_a_damaged_cache_is_not_used(server: PriceServer, tmp_path: Path) -> None:
    arguments = ["prices", "--region", "us-west-2", "--url", server.url]
    assert main(arguments) == 0
    cached(tmp_path).write_text('{"hourly"')

    assert main(arguments) == 0
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "HTTP Error 503"), (b"{", "is not JSON"), (b"{}", "is not the price file")],
)
def test_a_file_that_cannot_be_read_is_said(
    server: PriceServer, content: bytes, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    server.content = content

    assert main(["prices", "--region", "us-west-2", "--url", server.url]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.startswith("hyperpod-constructs prices: prices of us-west-2: ")
    assert error.count("\n") == 1


def test_other_addresses_are_refused(
    server: PriceServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert server.requests == []
    assert main(["prices", "--region", "us-west-2", "--url", "file:///etc/passwd"]) == 2
    assert "is not an https address" in capsys.readouterr().err


def test_a_region_is_required(
    server: PriceServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", "none")
    assert main(["prices", "--url", server.url]) == 2
    assert "no Region: specify --region, or set AWS_REGION" in capsys.readouterr().err

    monkeypatch.setenv("AWS_REGION", "us-west-2")
    assert main(["prices", "--url", server.url]) == 0
