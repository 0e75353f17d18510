// Verifies what `chancery log export` and `chancery log prove` write, with nothing but the file and the public key of the roll:
//   node verify-roll.mjs FILE KEY      KEY is NAME+ID+KEY, as GET /admin/v1/log/key gives it
// Exit status 0; or 1, and the position of the first entry that is not proven. README.md says what is checked.
import { createPublicKey, hash, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';

const sha256 = (...parts) => hash('sha256', Buffer.concat(parts), 'buffer');
const leafOf = (line) => sha256(Buffer.of(0), line);
const nodeOf = (left, right) => sha256(Buffer.of(1), left, right);
const rootOf = (peaks) => peaks.reduceRight((right, left) => nodeOf(left, right));
const bytesOf = (base64) => {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64') !== base64) throw new Error('not as base64 is written');
  return bytes;
};
const attempt = (work) => {
  try {
    return work();
  } catch {
    return undefined;
  }
};

const escaped = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Every byte counts: JSON must be written in the one way it is written here, in ASCII and without spaces. */
function parse(line) {
  const value = JSON.parse(line);
  if (JSON.stringify(value).replace(/[\u007f-\uffff]/g, escaped) !== String(line)) throw new Error('not as it was written');
  return value;
}

/** The key behind `NAME+ID+KEY`, and how its signatures begin (C2SP signed-note). */
function parseKey(text) {
  const [, name, id, base64] = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text.trim());
  const x = bytesOf(base64).subarray(1).toString('base64url');
  return { name, id: Buffer.from(id, 'hex'), key: createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }) };
}

/** What a checkpoint says, if the key signed it (C2SP tlog-checkpoint). */
function openCheckpoint(note, { name, id, key }) {
  const [text, signature] = note.split(/(?<=\n)\n/);
  const [, signer, base64] = /^— (\S+) (\S+)\n$/.exec(signature);
  const bytes = bytesOf(base64);
  if (signer !== name || !bytes.subarray(0, 4).equals(id) || !verify(null, Buffer.from(text), key, bytes.subarray(4)))
    throw new Error('not signed');
  const [origin, size, root] = text.split('\n');
  if (origin !== name) throw new Error('of another roll');
  return { size: Number(size), root: bytesOf(root) };
}

/** Where RFC 9162 §2.1.1 splits a tree of so many leaves. */
const splitOf = (leaves) => 2 ** (Math.ceil(Math.log2(leaves)) - 1);

/** The root that an inclusion proof leads to: the recursion that makes one, taken from below (RFC 9162 §2.1.3). */
function rootByInclusion(index, size, leaf, path) {
  if (size === 1) return leaf;
  const left = splitOf(size);
  if (index < left) return nodeOf(rootByInclusion(index, left, leaf, path), path.shift());
  const right = rootByInclusion(index - left, size - left, leaf, path);
  return nodeOf(path.shift(), right);
}

/** The root of the first `size` leaves and that of all of them, from a consistency proof (RFC 9162 §2.1.4). */
function rootsByConsistency(size, all, path, root) {
  if (size === all) return Array(2).fill(root ?? path.shift());
  const left = splitOf(all);
  const [earlier, later] = size <= left ? rootsByConsistency(size, left, path, root) : rootsByConsistency(size - left, all - left, path);
  const other = path.shift();
  return size <= left ? [earlier, nodeOf(later, other)] : [nodeOf(other, earlier), nodeOf(other, later)];
}

/** The later root, if the proof says that the later tree begins with the earlier one. */
function laterRoot(proof, { from, to, root }) {
  const path = proof.hashes.map(bytesOf);
  const [earlier, later] = rootsByConsistency(from, to, path, root);
  return proof.from === from && proof.to === to && path.length === 0 && earlier.equals(root) ? later : undefined;
}

function provesEntry({ origin, inclusion: { position, size, hashes }, entry, checkpoint }, key) {
  const path = hashes.map(bytesOf);
  const head = openCheckpoint(checkpoint, key);
  const root = rootByInclusion(position - 1, size, leafOf(Buffer.from(entry)), path);
  const same = origin === key.name && head.size === size && head.root.equals(root) && path.length === 0;
  return same && entry.startsWith(`{"position":${position},"at":"`);
}

/** Takes entries as long as each follows the one before. @returns the position of the first that does not, and the roots at `sizes` */
function chainEntries({ from, to, before, frontier }, lines, sizes) {
  const peaks = frontier.map(bytesOf);
  const roots = new Map();
  let chain = from === 1 ? Buffer.alloc(32) : bytesOf(before);
  for (let position = from; position <= to; position += 1) {
    const line = lines[position - from];
    // An entry's last member is the hash of the one before and of itself without that member.
    chain = sha256(Buffer.of(2), chain, line?.subarray(0, -55) ?? chain, Buffer.from('}'));
    const whole = line?.subarray(-55).equals(Buffer.from(`,"hash":"${chain.toString('base64')}"}`));
    if (!whole || !line.subarray(0, 40).toString().startsWith(`{"position":${position},"at":"`)) return { next: position, roots };
    let node = leafOf(line);
    for (let rest = position - 1; rest % 2 === 1; rest = (rest - 1) / 2) node = nodeOf(peaks.pop(), node);
    peaks.push(node);
    if (sizes.has(position)) roots.set(position, rootOf(peaks));
  }
  return { next: to + 1, roots };
}

/** Entries before a broken one may have been rewritten as one, chain and all: the signatures over them tell. */
function firstContradicted(lines, { from, roots }, key) {
  let proven = from - 1;
  for (const line of lines.filter((each) => each.toString('latin1', 0, 14) === '{"checkpoint":')) {
    const head = attempt(() => openCheckpoint(parse(line).checkpoint, key));
    const root = roots.get(head?.size);
    if (root && !root.equals(head.root)) return proven + 1;
    if (root) proven = head.size;
  }
  return undefined;
}

/** What follows the last line break was cut: it is no line. */
function linesOf(bytes) {
  const lines = [];
  for (let start = 0, end = bytes.indexOf(10); end >= 0; start = end + 1, end = bytes.indexOf(10, start))
    lines.push(bytes.subarray(start, end));
  return lines;
}

/** @returns the first position that is not proven; undefined where all are */
function firstUnproven(lines, key) {
  const header = attempt(() => parse(lines[0])) ?? {};
  if (header.inclusion) {
    const { position } = header.inclusion;
    if (!attempt(() => provesEntry(header, key))) return position;
    return lines.length === 1 ? undefined : position + 1;
  }
  const { from, to, checkpoints } = header;
  const peaks = attempt(() => (from - 1).toString(2).replaceAll('0', '').length);
  const named = Object.keys(header).join() === 'roll,origin,from,to,before,frontier,checkpoints';
  const ours = named && header.roll === 'chancery/1' && header.origin === key.name && header.frontier?.length === peaks;
  const chained = attempt(() => ours && chainEntries(header, lines.slice(1), new Set([...checkpoints, to])));
  if (!chained || (from === 1 && header.before !== Buffer.alloc(32).toString('base64'))) return 1;
  const { next, roots } = chained;
  if (next <= to) return firstContradicted(lines, { from, roots }, key) ?? next;
  const proofs = lines.slice(next - from + 1);
  let proven = from - 1;
  for (const size of checkpoints) {
    const head = attempt(() => openCheckpoint(parse(proofs.shift()).checkpoint, key));
    const root = roots.get(Math.min(size, to));
    const later = size <= to ? root : attempt(() => laterRoot(parse(proofs.shift()).consistency, { from: to, to: size, root }));
    if (head?.size !== size || !later?.equals(head.root)) return proven + 1;
    proven = Math.min(size, to);
  }
  return proven === to && proofs.length === 0 ? undefined : proven + 1;
}

const [file, keyText] = process.argv.slice(2);
const position = firstUnproven(linesOf(readFileSync(file)), parseKey(keyText));
console.log(position === undefined ? 'verified' : `broken at position ${position}`);
process.exitCode = position === undefined ? 0 : 1;
