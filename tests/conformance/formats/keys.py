"""Public keys of either kind (FORMATS.md §4): 32 bytes are of Ed25519, 33 of P-256."""

import base64
import hashlib

import ed25519
import p256


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def of(key):
    return p256 if len(key) == 33 else ed25519


def acceptable(key):
    return of(key).acceptable(key)


def verifies(key, message, signature):
    return of(key).verifies(key, message, signature)


def algorithms(key):
    """The names that a binding may call its algorithm by; the first is the one of a document."""
    return ("ES256",) if of(key) is p256 else ("Ed25519", "EdDSA")


def thumbprint(key):
    if of(key) is p256:
        point = p256.decode(key)
        y = b64(point[1].to_bytes(32, "big")) if point else ""
        jwk = f'{{"crv":"P-256","kty":"EC","x":"{b64(key[1:])}","y":"{y}"}}'
    else:
        jwk = f'{{"crv":"Ed25519","kty":"OKP","x":"{b64(key)}"}}'
    return hashlib.sha256(jwk.encode()).digest()
