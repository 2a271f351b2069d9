"""A price file in the shape of AWS, with prices that were in it in 2026, and its lookalikes.

Source: https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-service-price-list-file-for-services.html
"""

from typing import Any

PRICES = {
    "ml.c5.4xlarge": "0.8160000000",
    "ml.g5.8xlarge": "3.0600000000",
    "ml.m5.xlarge": "0.2300000000",
    "ml.p4d.24xlarge": "25.9100000000",
    "ml.p5.48xlarge": "66.0480000000",
}
VOLUMES = "0.1400000000"


def offer(region: str = "us-west-2", prefix: str = "USW2") -> dict[str, Any]:
    """The price file of a Region."""
    products: dict[str, Any] = {}
    terms: dict[str, Any] = {}

    def add(sku: str, attributes: dict[str, str], price: str, unit: str = "Hrs") -> None:
        products[sku] = {
            "sku": sku,
            "productFamily": "ML Instance",
            "attributes": {
                "servicecode": "AmazonSageMaker",
                "locationType": "AWS Region",
                "regionCode": region,
                **attributes,
            },
        }
        rate = f"{sku}.JRTCKXETXF.6YS6EN2CT7"
        dimension = {
            "rateCode": rate,
            "description": f"${price} per {unit}",
            "beginRange": "0",
            "endRange": "Inf",
            "unit": unit,
            "pricePerUnit": {"USD": price},
            "appliesTo": [],
        }
        terms[sku] = {
            f"{sku}.JRTCKXETXF": {
                "offerTermCode": "JRTCKXETXF",
                "sku": sku,
                "effectiveDate": "2026-09-01T00:00:00Z",
                "priceDimensions": {rate: dimension},
                "termAttributes": {},
            }
        }

    for index, (name, price) in enumerate(PRICES.items()):
        for kind, factor in (("Cluster", ""), ("ReservedCluster", "9"), ("Train", "8")):
            bare = name if kind == "Train" else f"{name}-Cluster"
            add(
                f"{kind.upper()}{index}",
                {
                    "usagetype": f"{prefix}-{kind}:{name}",
                    "component": "Cluster" if bare != name else "Training",
                    "instanceType": bare,
                    "instanceName": name,
                },
                f"{factor}{price}",
            )
    add("STUDIO", {"usagetype": f"{prefix}-Studio:ml.m5.xlarge", "instanceType": "ml.m5"}, "7")
    volume = {"usagetype": f"{prefix}-Cluster:VolumeUsage.gp2", "component": "Cluster"}
    add("VOLUME", volume, VOLUMES, "GB-Mo")
    add(
        "ELSEWHERE",
        {
            "usagetype": "USE1-Cluster:ml.m5.xlarge",
            "instanceType": "ml.m5.xlarge-Cluster",
            "regionCode": "us-east-1",
        },
        "5",
    )
    return {
        "formatVersion": "v1.0",
        "disclaimer": "This pricing list is for informational purposes only.",
        "offerCode": "AmazonSageMaker",
        "version": "20261116170000",
        "publicationDate": "2026-11-16T17:00:00Z",
        "products": products,
        "terms": {"OnDemand": terms},
    }
