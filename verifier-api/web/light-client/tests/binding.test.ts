/** Evidence for certificates, as OpenSSL and a token made it (docs/vectors/binding.json), and what no vector shows. */
import assert from 'node:assert/strict';
import { constants, createHash, generateKeyPairSync, privateEncrypt, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { SHA_256, SHA_384, SHA_512 } from '../src/binding/algorithm.js';
import type { Algorithm, Hash } from '../src/binding/algorithm.js';
import { BMP_STRING, Der, GENERALIZED_TIME, UTC_TIME, UTF8_STRING, wellFormed } from '../src/binding/der.js';
import { EVIDENCE_BYTES } from '../src/binding/cms.js';
import { check, readRoots, readStatement } from '../src/binding/check.js';
import { readKey } from '../src/binding/key.js';
import { isOf, readRootsFile } from '../src/binding/roots.js';
import { findPath } from '../src/binding/path.js';
import { readTime, written } from '../src/binding/x509.js';
import type { Certificate } from '../src/binding/x509.js';
import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js';
import { concat, fromBase64url, fromHex, hex, toUtf8 } from '../src/bytes.js';
import { Refusal } from '../src/refusal.js';
import type { Bound } from '../src/types.js';
import { AUTHORITY, CONTENT_TYPE, certificate, cms, der, holder, messageDigest } from './certified.js';
import { codeOf, vectors } from './support.js';
import type { Vector } from './support.js';

const file = vectors('binding.json');
const rootFiles = file.at('roots');
const rootsText = (name: string): string => JSON.stringify(rootFiles.at(name).plain());
const roots = new Map([...rootFiles.object().keys()].map((name) => [name, readRootsFile(toUtf8(rootsText(name)))]));
const all = file.at('vectors').list();

/** What a vector's question is answered with, `evidence` in the place of its own. */
function ask(vector: Vector, evidence: Uint8Array): Bound {
  const admitted = vector.maybe('admitted');
  const file = roots.get(vector.at('roots').text());
  assert.ok(file);
  return check(
    evidence, readStatement(vector.at('statement').bytes()), admitted?.there === true ? admitted.bytes() : undefined, file,
    vector.at('names').list().map((name) => name.text()),
  );
}

const evidenceOf = (vector: Vector): Uint8Array => fromBase64url(vector.at('evidence').text());

/** In the form of the vectors. */
function shown({ validFrom, validUntil, signedAt, ...bound }: Bound): unknown {
  const signed = signedAt === undefined ? null : Number(signedAt);
  return { ...bound, valid_from: Number(validFrom), valid_until: Number(validUntil), signed_at: signed };
}

for (const vector of all) {
  test(`binding: ${vector.at('description').text()}`, () => {
    const error = vector.maybe('error');
    const evidence = evidenceOf(vector);
    if (error?.there === true) assert.equal(codeOf(() => ask(vector, evidence)), error.text());
    else assert.deepEqual(shown(ask(vector, evidence)), vector.at('expect').plain());
  });
}

const named = (description: string): Vector => {
  const found = all.find((vector) => vector.at('description').text() === description);
  assert.ok(found);
  return found;
};

for (const description of ['RSA PKCS#1 v1.5', 'RSA-PSS', 'no signed attributes, ECDSA', 'CAdES, which names its certificate']) {
  test(`no changed byte binds: ${description}`, () => {
    const vector = named(description);
    const evidence = evidenceOf(vector);
    for (let at = 0; at < evidence.length; at += 3) {
      const changed = evidence.slice();
      changed[at] = (changed[at] as number) ^ (1 << (at % 8));
      assert.notEqual(codeOf(() => ask(vector, changed)), undefined, `byte ${at}`);
      assert.notEqual(codeOf(() => ask(vector, evidence.subarray(0, at))), undefined, `cut at ${at}`);
    }
  });
}

test('an evidence has a size', () => {
  assert.equal(codeOf(() => ask(named('RSA PKCS#1 v1.5'), new Uint8Array(EVIDENCE_BYTES + 1))), 'binding-too-large');
});

const spki = (key: KeyObject): Uint8Array => new Der(key.export({ type: 'spki', format: 'der' })).expect(0x30).contents;

/** Whether the same holds here as in Node: of good signatures, and of some with one bit changed. */
function agrees(publicKey: KeyObject, privateKey: KeyObject, padding: Algorithm['padding'], hash: Hash): void {
  const key = readKey(spki(publicKey));
  const options = {
    key: privateKey,
    ...(padding === 'RSA-PSS' ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: hash.length } : {}),
  };
  for (let message = 0; message < 4; message += 1) {
    const text = Uint8Array.of(message);
    const signature = new Uint8Array(sign(hash.name.replace('-', ''), text, options));
    const where = `${key.name}, ${padding}, ${hash.name}, message ${message}`;
    assert.ok(key.verifies({ padding, hash }, text, signature), where);
    assert.ok(!key.verifies({ padding, hash }, Uint8Array.of(message, 0), signature), where);
    for (const at of [0, 1, 5, signature.length >> 1, signature.length - 1]) {
      const changed = signature.slice();
      changed[at] = (changed[at] as number) ^ 1;
      assert.ok(!key.verifies({ padding, hash }, text, changed), `${where}, byte ${at}`);
    }
    for (const other of [SHA_256, SHA_384]) {
      if (other !== hash) assert.ok(!key.verifies({ padding, hash: other }, text, signature), where);
    }
    assert.ok(!key.verifies({ padding, hash }, text, concat(signature, Uint8Array.of(0))), where);
    assert.ok(!key.verifies({ padding, hash }, text, signature.subarray(1)), where);
    assert.ok(!key.verifies({ padding, hash }, text, concat(Uint8Array.of(0), signature)), where);
  }
}

// With 2049 bits what PSS encodes has a byte less than the modulus.
for (const modulusLength of [2048, 2049, 2055, 3072]) {
  test(`RSA of ${modulusLength} bits verifies what OpenSSL signs, and nothing else`, () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength });
    for (const hash of [SHA_256, SHA_384, SHA_512]) {
      for (const padding of ['RSA PKCS#1 v1.5', 'RSA-PSS'] as const) agrees(publicKey, privateKey, padding, hash);
    }
    const key = readKey(spki(publicKey));
    assert.equal(key.verifies({ padding: 'ECDSA', hash: SHA_256 }, new Uint8Array(), new Uint8Array(modulusLength / 8)), false);
  });
}

test('RSA: a signature is below the modulus', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = readKey(spki(publicKey));
  const modulus = bytesToNumberBE(fromBase64url(publicKey.export({ format: 'jwk' }).n ?? ''));
  for (let message = 0; ; message += 1) {
    const text = numberToBytesBE(BigInt(message), 4);
    const signature = new Uint8Array(sign('sha256', text, privateKey));
    const other = bytesToNumberBE(signature) + modulus;
    if (other >= 2n ** 2048n) continue; // does not fit
    const algorithm = { padding: 'RSA PKCS#1 v1.5', hash: SHA_256 } as const;
    assert.ok(key.verifies(algorithm, text, signature));
    assert.ok(!key.verifies(algorithm, text, numberToBytesBE(other, 256)));
    return;
  }
});

test('RSA-PSS: every part of what was encoded is looked at', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = readKey(spki(publicKey));
  const sha256 = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(createHash('sha256').update(concat(...parts)).digest());
  const text = toUtf8('m');
  /** RFC 8017 §9.1.1, with `change` made to DB before it is masked. */
  const encoded = (change: (block: Uint8Array) => void, trailer = 0xbc): boolean => {
    const salt = sha256(toUtf8('salt'));
    const seed = sha256(new Uint8Array(8), sha256(text), salt);
    const block = new Uint8Array(223);
    block[190] = 1;
    block.set(salt, 191);
    change(block);
    for (let at = 0; at < block.length; at += 1) {
      block[at] = (block[at] as number) ^ (sha256(seed, numberToBytesBE(BigInt(at >> 5), 4))[at & 31] as number);
    }
    block[0] = (block[0] as number) & 0x7f;
    const whole = concat(block, seed, Uint8Array.of(trailer));
    const signature = privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, whole);
    return key.verifies({ padding: 'RSA-PSS', hash: SHA_256 }, text, new Uint8Array(signature));
  };
  assert.ok(encoded(() => undefined));
  assert.ok(!encoded(() => undefined, 0xcc), 'the trailer');
  assert.ok(!encoded((block) => { block[190] = 2; }), 'what is before the salt');
  for (const at of [0, 1, 189]) assert.ok(!encoded((block) => { block[at] = 1; }), `padding at ${at}`);
  assert.ok(!encoded((block) => { block[222] = (block[222] as number) ^ 1; }), 'the salt');
});

test('ECDSA: a key is a point written out, and r and s are positive', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const info = new Der(spki(publicKey));
  const algorithm = info.expect(0x30).whole;
  const point = info.bits();
  const compressed = concat(Uint8Array.of(2 + ((point[64] as number) & 1)), point.subarray(1, 33));
  const read = (bytes: Uint8Array): ReturnType<typeof readKey> => readKey(concat(algorithm, der(0x03, Uint8Array.of(0), bytes)));
  for (let message = 0, odd = 0; odd < 3; message += 1) {
    const text = numberToBytesBE(BigInt(message), 4);
    const signature = new Uint8Array(sign('sha256', text, privateKey));
    const verifies = (bytes: Uint8Array, given: Uint8Array): boolean => read(bytes).verifies({ padding: 'ECDSA', hash: SHA_256 }, text, given);
    assert.ok(verifies(point, signature));
    assert.ok(!verifies(compressed, signature));
    const numbers = new Der(signature).open(0x30);
    const [r, s] = [numbers.integer(), numbers.integer()];
    if (r[0] !== 0) continue;
    // Without the zero that makes it positive.
    assert.ok(!verifies(point, der(0x30, der(0x02, r.subarray(1)), der(0x02, s))));
    odd += 1;
  }
});

/** A school's evidence under a root of its own; what is wrong with it is said by `change`. */
function evidenceWith(change: {
  readonly extensions?: readonly Uint8Array[];
  readonly attributes?: (digest: Uint8Array) => readonly Uint8Array[];
}): string | undefined {
  const statement = readStatement((all[0] as Vector).at('statement').bytes());
  const top = holder('Gốc');
  const school = holder('Trường');
  const own = certificate(school, top, 1, ...(change.extensions ?? []));
  const digest = SHA_256.digest(statement.signed);
  const attributes = change.attributes?.(digest) ?? [CONTENT_TYPE, messageDigest(digest)];
  const file = readRootsFile(toUtf8(JSON.stringify({
    'sogoc-roots': 1,
    throwaway: true,
    roots: [{ name: 'Gốc', from: '2025-01-01', until: '2049-01-01', certificate: Buffer.from(certificate(top, top, 1, AUTHORITY)).toString('base64') }],
  })));
  const evidence = cms(school, top, 1, [own], attributes);
  return codeOf(() => check(evidence, statement, undefined, file, ['Trường']));
}

test('what is named once is there once', () => {
  assert.equal(evidenceWith({}), undefined);
  const usage = fromHex('300b0603551d0f040403020780');
  assert.equal(evidenceWith({ extensions: [usage] }), undefined);
  assert.equal(evidenceWith({ extensions: [usage, usage] }), 'binding-malformed');
  const twice = (digest: Uint8Array): Uint8Array[] => [CONTENT_TYPE, messageDigest(digest), messageDigest(new Uint8Array(32))];
  assert.equal(evidenceWith({ attributes: twice }), 'binding-malformed');
  assert.equal(evidenceWith({ attributes: (digest) => [messageDigest(digest)] }), 'binding-malformed');
});

test('what no signature covers has one form, too', () => {
  const vector = named('RSA PKCS#1 v1.5');
  const text = hex(evidenceOf(vector));
  const changed = (old: string, young: string): string | undefined => {
    assert.ok(text.includes(old));
    return codeOf(() => ask(vector, fromHex(text.replace(old, young))));
  };
  // The digest algorithm that is announced, which is not that of the signer.
  assert.equal(changed('608648016503040201', '608648016503040202'), 'binding-malformed');
  // The certificates in the other order.
  const outer = new Der(evidenceOf(vector)).open(0x30);
  outer.oid();
  const data = outer.open(0xa0).open(0x30);
  data.small();
  data.expect(0x31);
  data.expect(0x30);
  const certificates = new Der(data.expect(0xa0).contents);
  const [first, second] = [hex(certificates.element().whole), hex(certificates.element().whole)];
  assert.equal(changed(first + second, second + first), 'binding-malformed');
});

test('however many authorities have one name, few signatures are looked at', () => {
  let checked = 0;
  const name = { tag: 0x30, whole: Uint8Array.of(1), contents: Uint8Array.of() };
  const stub = (at: number): Certificate => ({
    der: Uint8Array.of(at), subject: name, issuer: name, notBefore: 0n, notAfter: 2n ** 60n, extensions: { authority: at > 0, unknownCritical: false },
    maySign: true, isAuthority: true, key: undefined,
    isSignedBy: () => { checked += 1; return true; },
  } as unknown as Certificate);
  const certificates = Array.from({ length: 8 }, (_, at) => stub(at));
  assert.equal(codeOf(() => findPath(certificates[0] as Certificate, certificates, [], 1n)), 'binding-path-too-long');
  assert.equal(checked, 16);
});

test('an RSA key has nothing after it', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const info = new Der(spki(publicKey));
  const algorithm = info.expect(0x30).whole;
  const key = info.bits();
  const written = (bytes: Uint8Array): Uint8Array => {
    const length = bytes.length + 1;
    return concat(algorithm, Uint8Array.of(0x03, 0x82, length >> 8, length & 0xff, 0), bytes);
  };
  assert.equal(readKey(written(key)).name, 'RSA 2048');
  assert.equal(codeOf(() => readKey(concat(written(key), Uint8Array.of(0)))), 'binding-malformed');
  assert.equal(codeOf(() => readKey(written(concat(key, Uint8Array.of(0))))), 'binding-malformed');
});

test('ECDSA on P-256 and P-384 verifies what OpenSSL signs, and nothing else', () => {
  for (const namedCurve of ['prime256v1', 'secp384r1']) {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
    agrees(publicKey, privateKey, 'ECDSA', SHA_256);
    agrees(publicKey, privateKey, 'ECDSA', SHA_384);
    const key = readKey(spki(publicKey));
    const never: [Algorithm['padding'], string][] = [['RSA-PSS', 'false'], ['RSA PKCS#1 v1.5', 'false']];
    for (const [padding, found] of never) {
      assert.equal(String(key.verifies({ padding, hash: SHA_256 }, new Uint8Array(), new Uint8Array(70))), found);
    }
    assert.equal(codeOf(() => key.verifies({ padding: 'ECDSA', hash: SHA_512 }, new Uint8Array(), new Uint8Array())), 'binding-unknown-algorithm');
    // r = 0, s = 1: what is no signature must not become one by arithmetic.
    assert.equal(key.verifies({ padding: 'ECDSA', hash: SHA_256 }, new Uint8Array(), fromHex('3006020100020101')), false);
    assert.equal(key.verifies({ padding: 'ECDSA', hash: SHA_256 }, new Uint8Array(), fromHex('3006020101020100')), false);
    assert.equal(key.verifies({ padding: 'ECDSA', hash: SHA_256 }, new Uint8Array(), fromHex('30060201ff020101')), false);
  }
});

test('DER has one form', () => {
  const good = fromHex('3003020105');
  assert.equal(codeOf(() => wellFormed(good)), undefined);
  const bad = [
    '', '30', '30800000', '308103020105', '30820003020105', '300302010500', '3003020205', '2403040105', '1000', '1f0100',
    '308400000003020105', '30020000',
  ];
  for (const text of bad) assert.equal(codeOf(() => wellFormed(fromHex(text))), 'binding-malformed', text);
  let deep = '020105';
  for (let depth = 0; depth < 24; depth += 1) deep = `30${(deep.length / 2).toString(16).padStart(2, '0')}${deep}`;
  assert.equal(codeOf(() => wellFormed(fromHex(deep))), undefined);
  assert.equal(codeOf(() => wellFormed(fromHex(`30${(deep.length / 2).toString(16)}${deep}`))), 'binding-malformed');
  for (const text of ['0200', '02020001', '0202ff80', '020180', '02020100']) {
    assert.equal(codeOf(() => new Der(fromHex(text)).small()), 'binding-malformed', text);
  }
  assert.equal(codeOf(() => new Der(fromHex('010101')).flag()), 'binding-malformed');
});

test('times are in UTC to the second', () => {
  const time = (text: string): bigint => {
    const contents = toUtf8(text);
    return readTime({ tag: text.length === 13 ? UTC_TIME : GENERALIZED_TIME, whole: contents, contents });
  };
  assert.equal(time('700101000001Z'), 1000n);
  assert.equal(time('490101000000Z'), 2_493_072_000_000n);
  assert.equal(time('500101000000Z'), 0n);
  assert.equal(time('20700101000000Z'), 3_155_760_000_000n);
  assert.equal(time('99991231235959Z'), 253_402_300_799_000n);
  assert.equal(time('00000101000000Z'), 0n);
  const bad = [
    '7001010000Z', '700101000000+', '701301000000Z', '700230000000Z', '70010100000aZ', '20700101000000.5Z', '700100000000Z',
    '700101240000Z', '700101006000Z', '700101000060Z', '', 'Z',
  ];
  for (const text of bad) assert.equal(codeOf(() => time(text)), 'binding-malformed', text);
});

/** A Name with one common name. */
function name(tag: number, text: Uint8Array): Uint8Array {
  const element = (kind: number, ...parts: Uint8Array[]): Uint8Array => {
    const contents = concat(...parts);
    return concat(Uint8Array.of(kind, contents.length), contents);
  };
  return element(0x30, element(0x31, element(0x30, fromHex('0603550403'), element(tag, text))));
}

test('what is printed cannot move the cursor, and is no other name', () => {
  const text = (tag: number, bytes: Uint8Array): string => written(wellFormed(name(tag, bytes)));
  assert.equal(text(UTF8_STRING, toUtf8('Tr\u001b[2Jường\u202e')), 'CN=Tr\ufffd[2Jường\ufffd');
  assert.equal(text(BMP_STRING, fromHex('0110')), 'CN=Đ');
  assert.equal(text(UTF8_STRING, toUtf8('a\u061cb')), 'CN=a\ufffdb');
  assert.equal(text(UTF8_STRING, toUtf8('a,b+c=d\\')), 'CN=a\\,b\\+c\\=d\\\\');
  assert.equal(text(0x02, fromHex('05')), 'CN=#020105');
  for (const [tag, hex] of [[UTF8_STRING, 'ff'], [BMP_STRING, '01'], [BMP_STRING, 'd800'], [0x13, '80']] as const) {
    assert.equal(codeOf(() => text(tag, fromHex(hex))), 'binding-malformed', hex);
  }
});

test('names are compared as people read them', () => {
  const is = (holder: string, name: string): boolean => isOf({ roots: [], organisations: new Map(), throwaway: false }, holder, 'thcs-mau-1', [name]);
  assert.ok(is('TRƯỜNG  THCS MẪU MỘT', 'Trường THCS Mẫu Một'));
  assert.ok(is('Trường THCS Mẫu Một'.normalize('NFD'), 'Trường THCS Mẫu Một'));
  assert.ok(!is('Trường THCS Mẫu Môt', 'Trường THCS Mẫu Một'));
  assert.ok(!is('', 'Trường THCS Mẫu Một'));
  assert.ok(!is(' ', ''));
});

test('roots have one form', () => {
  const good = rootsText('both');
  const until = rootFiles.at('both').at('roots').list()[0]?.at('until').text() ?? '';
  assert.equal(readRoots(toUtf8(good)).throwaway, false);
  const changes: [string, string][] = [
    ['"sogoc-roots":1', '"sogoc-roots":2'], ['"until"', '"untill"'], ['"name":"VGCA', '"name":"NEAC'], [until, '1999-01-01'],
    [until, '2030-1-1'], [until, '2030-02-30'], ['"certificate":"MII', '"certificate":"MIJ'], ['"certificate":"MII', '"certificate":"=MII'],
    ['"name":"NEAC', '"name":"\\u0007'], ['"sogoc-roots":1', '"sogoc-roots":1,"throwaway":1'], ['"sogoc-roots":1', '"sogoc-roots":1,"throwaway":null'],
    ['"sogoc-roots":1', '"sogoc-roots":1,"organisations":{"A":[]}'], ['"sogoc-roots":1', '"sogoc-roots":1,"organisations":{"a":[1]}'],
  ];
  for (const [old, young] of changes) {
    const bad = good.replace(old, young);
    assert.notEqual(bad, good, old);
    assert.throws(() => readRoots(toUtf8(bad)), (error) => error instanceof Refusal && error.code === 'bad-roots', young);
  }
  const one = JSON.stringify({ 'sogoc-roots': 1, roots: [JSON.parse(good).roots[0]] });
  assert.throws(() => readRoots(toUtf8(one)), Refusal);
  assert.equal(readRoots(toUtf8(one.replace('{', '{"throwaway":true,'))).throwaway, true);
});
