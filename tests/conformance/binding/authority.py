"""Throwaway certificate authorities and organisations, made with OpenSSL's command line."""

import datetime
import subprocess
from pathlib import Path

# From last year to the fifth from now: whatever signs today signs within.
YEAR = datetime.datetime.now(datetime.timezone.utc).year
START, END = f"{YEAR - 1}0101000000Z", f"{YEAR + 5}0101000000Z"

CONFIG = """
[ca]
default_ca = this
[this]
dir = {directory}
database = $dir/index
serial = $dir/serial
new_certs_dir = $dir
certificate = $dir/cert.pem
private_key = $dir/key.pem
default_md = sha256
policy = any
unique_subject = no
[any]
countryName = optional
organizationName = optional
organizationalUnitName = optional
commonName = optional
organizationIdentifier = optional
[extensions]
{extensions}
[req]
distinguished_name = name
[name]
"""

KEYS = {
    "rsa": ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "rsa-1024": ["RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
    "p256": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "p384": ["EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "p224": ["EC", "-pkeyopt", "ec_paramgen_curve:P-224"],
    "secp256k1": ["EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
    "ed25519": ["ED25519"],
}

AUTHORITY = "basicConstraints = critical, CA:true{length}\nkeyUsage = critical, keyCertSign, cRLSign\nsubjectKeyIdentifier = hash"
SIGNER = "basicConstraints = critical, CA:false\nkeyUsage = critical, digitalSignature, nonRepudiation\nsubjectKeyIdentifier = hash"


def openssl(*arguments, **options):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, **options)
    if done.returncode:
        raise RuntimeError(f"openssl {arguments}: {done.stderr.decode()}")
    return done.stdout


class Certified:
    """A key and its certificate; an authority's may issue others."""

    def __init__(self, directory, issuer, subject, kind="rsa", extensions=SIGNER, start=START,
                 end=END, md="sha256", serial=None, key=None, sigopt=()):
        self.directory, self.issuer = Path(directory), issuer
        self.directory.mkdir(parents=True)
        self.key, self.cert = self.directory / "key.pem", self.directory / "cert.pem"
        (self.directory / "index").touch()
        (self.directory / "serial").write_text("1000\n")
        if key:
            self.key.write_bytes(key.key.read_bytes())
        else:
            openssl("genpkey", "-algorithm", *KEYS[kind], "-out", self.key)
        request = self.directory / "request.pem"
        signer = issuer or self
        config = self.directory / "config"
        config.write_text(CONFIG.format(directory=signer.directory, extensions=extensions))
        openssl("req", "-new", "-utf8", "-config", config, "-key", self.key, "-subj", subject, "-out", request)
        if serial:
            (signer.directory / "serial").write_text(f"{serial}\n")
            (signer.directory / "index").write_text("")  # or OpenSSL would not use a number twice
        extra = [] if issuer else ["-selfsign", "-keyfile", self.key]
        openssl("ca", "-batch", "-utf8", "-notext", "-config", config, "-extensions", "extensions", "-startdate", start,
                "-enddate", end, "-md", md, *[part for option in sigopt for part in ("-sigopt", option)],
                "-preserveDN", "-in", request, "-out", self.cert, *extra)

    def der(self):
        return openssl("x509", "-in", self.cert, "-outform", "DER")

    def pem(self):
        return self.cert.read_text()

    def chain(self):
        """The authorities above, without the root."""
        above = self.issuer
        while above and above.issuer:
            yield above
            above = above.issuer

    def root(self):
        return self.issuer.root() if self.issuer else self


def authority(length=""):
    return AUTHORITY.format(length=length)
