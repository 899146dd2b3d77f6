/** The equation of ECDSA (FIPS 186-5 §6.4.2) on any curve of the library; what forms and values count is the caller's matter. */
import type { WeierstrassPoint, WeierstrassPointCons } from '@noble/curves/abstract/weierstrass.js';

export type Curve = WeierstrassPointCons<bigint>;
export type CurvePoint = WeierstrassPoint<bigint>;

/** The library's own table for the base point is made for a signer's thousand uses; a verdict needs a few. */
export function baseOf(curve: Curve): CurvePoint {
  return curve.fromAffine(curve.BASE.toAffine()).precompute(4);
}

/** Whether `r`, `s` is a signature over what hashes to `z`, by the key of the point `q`; `base` is of `baseOf`. */
export function holds(curve: Curve, base: CurvePoint, q: CurvePoint, z: bigint, r: bigint, s: bigint): boolean {
  const order = curve.Fn.ORDER;
  if (r <= 0n || r >= order || s <= 0n || s >= order) return false;
  const inverse = curve.Fn.inv(s);
  const scalar = (factor: bigint): bigint => (factor * inverse) % order;
  const found = base.multiplyUnsafe(scalar(z)).add(q.multiplyUnsafe(scalar(r)));
  return !found.is0() && found.x % order === r;
}
