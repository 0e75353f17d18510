const p = 2n ** 255n - 19n;
const d = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;

/**
 * Whether 32 bytes are an Ed25519 public key worth importing (RFC 8032 §5.1.3): canonical, on the curve, and not of small order. OpenSSL
 * imports any 32 bytes; under a key of small order some of its versions verify signatures nobody made, under one off the curve none does.
 */
export function isEd25519Key(bytes: Uint8Array): boolean {
  const y = BigInt(`0x${Buffer.from(bytes.toReversed()).toString('hex')}`) & (2n ** 255n - 1n);
  if (y >= p) return false;
  const y2 = (y * y) % p;
  // Order 4 has y = 0; of order 8 is whose double has y = 0, which makes d·y⁴ + 2·y² = 1.
  if (y === 0n || (d * y2 * y2 + 2n * y2) % p === 1n) return false;
  // x² = (y² - 1) / (d·y² + 1) has a root where numerator times denominator is a square (Euler);
  // orders 1 and 2 have y² = 1, a numerator of 0, and so power 0.
  return power((((y2 - 1n) * (d * y2 + 1n)) % p) + p, (p - 1n) / 2n) === 1n;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base % p;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % p;
    square = (square * square) % p;
  }
  return result;
}
