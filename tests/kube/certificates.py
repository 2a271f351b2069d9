"""The certificates of a control plane."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_ADDRESS = "127.0.0.1"


@dataclass(frozen=True)
class Certificates:
    """Files of a certificate authority, of the API server and of clients.

    Attributes:
        folder: Where they are, each as `NAME.crt` and `NAME.key`.
    """

    folder: Path

    @classmethod
    def create(cls, folder: Path) -> "Certificates":
        """Creates the authority, the server, the keys of service accounts, and the administrator."""
        made = cls(folder)
        authority = ec.generate_private_key(ec.SECP256R1())
        name = _name("kube")
        made._write("ca", authority, made._sign(name, authority, name, authority, is_ca=True))
        for client, group in (*(("server", ""), ("accounts", ""), ("admin", "system:masters")),):
            key = ec.generate_private_key(ec.SECP256R1())
            made._write(client, key, made._sign(_name(client, group), key, name, authority))
        return made

    def certificate(self, name: str) -> str:
        """The file of a certificate."""
        return str(self.folder / f"{name}.crt")

    def key(self, name: str) -> str:
        """The file of a key."""
        return str(self.folder / f"{name}.key")

    def _write(
        self, name: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate
    ) -> None:
        pem = serialization.Encoding.PEM
        Path(self.certificate(name)).write_bytes(certificate.public_bytes(pem))
        Path(self.key(name)).write_bytes(
            key.private_bytes(
                pem,
                serialization.PrivateFormat.TraditionalOpenSSL,
                serialization.NoEncryption(),
            )
        )

    @staticmethod
    def _sign(
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        issuer: x509.Name,
        authority: ec.EllipticCurvePrivateKey,
        *,
        is_ca: bool = False,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        alternatives = [
            x509.IPAddress(IPv4Address(_ADDRESS)),
            x509.DNSName("localhost"),
            x509.DNSName("kubernetes.default.svc"),
        ]
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .sign(authority, hashes.SHA256())
        )


def _name(name: str, group: str = "") -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    if group:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, group))
    return x509.Name(parts)
