"""ECDSA on P-256 as FORMATS.md §4 takes it, in integers. Keys are 33 bytes. Slow, and plain to read."""

import hashlib

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
BASE = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)


def on_curve(x, y):
    return x < P and y < P and (y * y - (x * x * x - 3 * x + B)) % P == 0


def add(a, b):
    """Points are (x, y), or None: the point at infinity."""
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    if a == b:
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P) % P
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P) % P
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def times(scalar, point):
    result = None
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def decode(key):
    """The point of a compressed key, or None."""
    x = int.from_bytes(key[1:], "big")
    if len(key) != 33 or key[0] not in (2, 3) or x >= P:
        return None
    y = pow(x * x * x - 3 * x + B, (P + 1) // 4, P)
    y = y if y & 1 == key[0] & 1 else P - y
    return (x, y) if on_curve(x, y) else None


def encode(x, y):
    """The key of a point, given as two times 32 bytes, or None."""
    if not on_curve(int.from_bytes(x, "big"), int.from_bytes(y, "big")):
        return None
    return bytes([2 | y[31] & 1]) + x


def acceptable(key):
    return decode(key) is not None


def verifies(key, message, signature):
    point, r, s = decode(key), int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if point is None or len(signature) != 64 or not 0 < r < N or not 0 < s <= (N - 1) // 2:
        return False
    e, inverse = int.from_bytes(hashlib.sha256(message).digest(), "big"), pow(s, -1, N)
    found = add(times(e * inverse % N, BASE), times(r * inverse % N, point))
    return found is not None and found[0] % N == r
