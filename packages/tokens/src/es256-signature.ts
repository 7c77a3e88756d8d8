/** The order n of P-256, and half of it (FIPS 186-5; SEC 2, section 2.4.2). */
const ORDER = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
const HALF_ORDER = bytesOf(ORDER / 2n);

/**
 * Is this ES256 signature (r ‖ s, RFC 7518, section 3.4) the canonical one of its two spellings? For each (r, s) the
 * twin (r, n − s) is as good, so without a rule anybody could respell a token: the smaller s is ours.
 */
export function isCanonicalEs256(signature: Buffer): boolean {
  return signature.length === 64 && signature.compare(HALF_ORDER, 0, 32, 32, 64) <= 0;
}

/** The canonical spelling of an ES256 signature; a signer passes its signatures through this. */
export function canonicalEs256(signature: Buffer): Buffer {
  if (isCanonicalEs256(signature)) return signature;
  const s = BigInt(`0x${signature.toString('hex', 32)}`);
  return Buffer.concat([signature.subarray(0, 32), bytesOf(ORDER - s)]);
}

function bytesOf(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
}
