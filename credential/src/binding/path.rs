//! The path of certificates from the one that signed up to a configured root.
//!
//! # Algorithm
//! Depth first: who issued a certificate is looked for by name, among the roots first, and counts if its key made the signature.
//! Every certificate must be valid at the given time, be an authority (all but the first), allow as many authorities below it as
//! there are, and have no critical extension that is not known. The root must be in its window; its own signature is not looked
//! at, for it is trusted as it stands. If no path holds, the refusal is that of the one that came furthest.
//!
//! Source: RFC 5280 §6, without policies and name constraints: a critical one is refused, others do not bind.

use sogoc_ledger::name::Time;

use super::refusal::Refusal;
use super::roots::{Root, Roots};
use super::x509::{Certificate, written};

/// Certificates from the signer to the root, both counted: root, licensed or ministry's authority, one below it, organisation.
pub const PATH_MAX: usize = 4;

/// Signatures of certificates that are checked for one evidence, in numbers. A good one needs at most 3; each takes 0.02 ms with
/// RSA of 2048 bits, and 0.7 ms on P-384, which is the slowest.
const CHECKS_MAX: usize = 16;

/// Beyond every step of a path: it had reached a root.
const AT_A_ROOT: usize = PATH_MAX + 1;

/// How far a path came, and why no further.
type Stopped = (usize, Refusal);

/// A path that holds at `time`: the certificates from `signer` up, without the root, and the root.
pub fn find<'a, 'r>(
    signer: &'a Certificate<'a>,
    certificates: &'a [Certificate<'a>],
    roots: &'r Roots,
    time: Time,
) -> Result<(Vec<&'a Certificate<'a>>, &'r Root), Refusal> {
    let mut search = Search { certificates, roots, time, checks_left: CHECKS_MAX };
    let mut path = vec![signer];
    match search.climb(&mut path) {
        Ok(root) => Ok((path, root)),
        Err((_, refusal)) => Err(refusal),
    }
}

struct Search<'a, 'r> {
    certificates: &'a [Certificate<'a>],
    roots: &'r Roots,
    time: Time,
    checks_left: usize,
}

impl<'a, 'r> Search<'a, 'r> {
    /// Extends `path` up to a root.
    fn climb(&mut self, path: &mut Vec<&'a Certificate<'a>>) -> Result<&'r Root, Stopped> {
        let depth = path.len();
        let top = path[depth - 1];
        self.allows(top, depth).map_err(|refusal| (depth, refusal))?;

        let mut stopped = (depth, Refusal::UnknownRoot(written(top.issuer)));
        for root in self.roots.named(top.issuer) {
            match self.signed(top, &root.certificate()) {
                Ok(()) => match self.ends_at(root, depth) {
                    Ok(()) => return Ok(root),
                    Err(refusal) => stopped = (AT_A_ROOT, refusal),
                },
                Err(refusal) if stopped.0 < AT_A_ROOT => stopped = (depth, refusal),
                Err(_) => {}
            }
        }
        for above in self.certificates {
            if above.subject.whole != top.issuer.whole || path.iter().any(|below| below.der == above.der) {
                continue;
            }
            let further = match self.signed(top, above) {
                Err(refusal) => (depth, refusal),
                Ok(()) if depth + 1 == PATH_MAX => (PATH_MAX, Refusal::PathTooLong),
                Ok(()) => {
                    path.push(above);
                    match self.climb(path) {
                        Ok(root) => return Ok(root),
                        Err(further) => {
                            path.pop();
                            further
                        }
                    }
                }
            };
            if further.0 >= stopped.0 {
                stopped = further;
            }
        }
        Err(stopped)
    }

    /// Whether `certificate` may stand at `depth` of a path; the signer's is 1.
    fn allows(&self, certificate: &Certificate<'_>, depth: usize) -> Result<(), Refusal> {
        valid_at(certificate, self.time)?;
        if certificate.extensions.unknown_critical {
            return Err(Refusal::UnknownExtension(written(certificate.subject)));
        }
        match depth.checked_sub(2) {
            None if certificate.extensions.authority => Err(Refusal::SignedByAuthority),
            None if !certificate.may_sign() => Err(Refusal::NotForSigning),
            None => Ok(()),
            Some(authorities_below) => is_authority(certificate, authorities_below),
        }
    }

    /// Whether a path of `depth` certificates may end at `root`.
    fn ends_at(&self, root: &Root, depth: usize) -> Result<(), Refusal> {
        if !root.covers(self.time) {
            return Err(Refusal::RootOutOfWindow(root.name.clone()));
        }
        let certificate = root.certificate();
        valid_at(&certificate, self.time)?;
        is_authority(&certificate, depth - 1)
    }

    fn signed(&mut self, below: &Certificate<'_>, above: &Certificate<'_>) -> Result<(), Refusal> {
        self.checks_left = self.checks_left.checked_sub(1).ok_or(Refusal::TooLarge)?;
        if below.signed_by(&above.key()?)? { Ok(()) } else { Err(Refusal::PathBroken(written(below.subject))) }
    }
}

/// Whether `time` lies in the validity of `certificate`, both ends included.
pub fn valid_at(certificate: &Certificate<'_>, time: Time) -> Result<(), Refusal> {
    let second = |time: Time| time.0 / 1_000;
    if time < certificate.not_before {
        Err(Refusal::NotYetValid(written(certificate.subject)))
    } else if second(certificate.not_after) < second(time) {
        Err(Refusal::Expired(written(certificate.subject)))
    } else {
        Ok(())
    }
}

fn is_authority(certificate: &Certificate<'_>, authorities_below: usize) -> Result<(), Refusal> {
    if !certificate.is_authority() {
        Err(Refusal::NotAnAuthority(written(certificate.subject)))
    } else if certificate.extensions.path_length.is_some_and(|length| length < authorities_below) {
        Err(Refusal::PathTooLong)
    } else {
        Ok(())
    }
}
