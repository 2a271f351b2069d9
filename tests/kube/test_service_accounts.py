"""Roles of pods belong to service accounts that are there: a wrong name is no error, and pods get no role.

The manifests of add-ons are not published, so that no installation can show their service accounts. The
table has the documentation of each.
"""

from .bench import Rendered

_GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/dg/"
_OPERATOR = f"{_GUIDE}sagemaker-eks-operator-install.html"
_OBSERVABILITY = f"{_GUIDE}sagemaker-hyperpod-observability-addon-setup.html"
DOCUMENTED = {
    ("aws-hyperpod", "hp-training-operator-controller-manager"): _OPERATOR,
    (
        "amazon-sagemaker-hyperpod-observability",
        "hyperpod-observability-operator-otel-collector",
    ): _OBSERVABILITY,
}
"""By namespace, or the add-on that has its own namespace, and service account."""


def test_every_association_is_documented(all_add_ons: Rendered) -> None:
    standalone = {
        (each["Namespace"], each["ServiceAccount"])
        for each in all_add_ons.all_properties("AWS::EKS::PodIdentityAssociation")
    }
    inline = {
        (add_on["AddonName"], each["ServiceAccount"])
        for add_on in all_add_ons.all_properties("AWS::EKS::Addon")
        for each in add_on.get("PodIdentityAssociations", [])
    }

    assert standalone | inline == set(DOCUMENTED)
