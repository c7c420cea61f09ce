"""One DKIM key: made, kept in a PEM file, published in DNS, signing."""

from base64 import b64encode
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from newsletter.errors import BadFile
from newsletter.message.dkim import Seal, Signature

BITS = 2048  # of a new RSA key
FEWEST_BITS, FEW_BITS = 1024, 2048  # RFC 8301 section 3.2: MUST and SHOULD
_STRING = 255  # octets in one string of a TXT record (RFC 1035 section 3.3)
_PADDING, _DIGEST = PKCS1v15(), Prehashed(SHA256())


class Kind(StrEnum):
    """The kinds of key, as k= names them."""

    RSA = "rsa"
    ED25519 = "ed25519"


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A private key (PKCS #8, DER) and what the world needs to check it."""

    kind: Kind
    bits: int
    public: bytes
    private: bytes = field(repr=False)

    @classmethod
    def new(cls, kind: Kind) -> Self:
        """A key nobody has."""
        made = generate_private_key(65537, BITS) if kind is Kind.RSA else Ed25519PrivateKey.generate()
        return cls._of(made)

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """The key in a PEM file. Raises BadFile with the end of a sentence about that file."""
        try:
            key = serialization.load_pem_private_key(pem, None)
        except TypeError as error:
            raise BadFile("is encrypted with a password", hint="Keep the key without one.") from error
        except (ValueError, UnsupportedAlgorithm) as error:
            raise BadFile("holds no private key in PEM form that we can read") from error
        if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
            raise BadFile("holds a key that is neither RSA nor Ed25519")
        if isinstance(key, RSAPrivateKey) and key.key_size < FEWEST_BITS:
            raise BadFile(f"holds an RSA key of {key.key_size} bits, which receivers refuse (RFC 8301)")
        return cls._of(key)

    @classmethod
    def _of(cls, key: RSAPrivateKey | Ed25519PrivateKey) -> Self:
        private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        if isinstance(key, RSAPrivateKey):
            public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            return cls(Kind.RSA, key.key_size, public, private)
        return cls(Kind.ED25519, 256, key.public_key().public_bytes_raw(), private)

    @property
    def pem(self) -> bytes:
        """The private key as its file holds it."""
        key = serialization.load_der_private_key(self.private, None)
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def record(self) -> str:
        """The value of the TXT record (RFC 6376 section 3.6.1, RFC 8463 section 4.2)."""
        return f"v=DKIM1; k={self.kind}; p={b64encode(self.public).decode('ascii')}"

    def seal(self, domain: str, selector: str) -> Seal:
        """The key as it signs for a domain."""
        return Seal(f"{self.kind}-sha256", domain, selector, partial(_signature, self))


def zone_record(name: str, value: str) -> str:
    """A TXT record as a zone file has it (RFC 1035 section 5.1), in strings of at most 255 octets."""
    strings = [f'"{value[at : at + _STRING]}"' for at in range(0, len(value), _STRING)]
    return f"{name}. 3600 IN TXT (\n    " + "\n    ".join(strings) + " )"


def _signature(key: DkimKey) -> Signature:
    # The key was checked when its file was read, and to check it again takes 27 ms.
    loaded = serialization.load_der_private_key(key.private, None, unsafe_skip_rsa_key_validation=True)
    if isinstance(loaded, RSAPrivateKey):
        sign = loaded.sign
        return lambda digest: sign(digest, _PADDING, _DIGEST)
    if isinstance(loaded, Ed25519PrivateKey):
        return loaded.sign
    raise TypeError(key.kind)
