/**
 * A bundle in the part of a link after `#`, which no server is ever sent: `#b=` and the base64url, without padding, of the
 * zlib stream (RFC 1950) of the bundle file.
 *
 * Reading is bounded: at most `LINK_BYTES_MAX` come out of the decompression, whatever the stream promises.
 */

const PREFIX = '#b=';

/** A bundle has at most this many bytes (FORMATS §14). */
export const LINK_BYTES_MAX = 1_572_864;

/** Longer links are cut by some messengers. */
export const LINK_CHARS_SAFE = 8000;

/** The link is none, or holds more than a bundle can. */
export class LinkError extends Error {
  constructor(readonly code: 'not-a-bundle' | 'bundle-too-large') {
    super(code);
    this.name = 'LinkError';
  }
}

export const linksSupported = (): boolean =>
  typeof CompressionStream === 'function' && typeof DecompressionStream === 'function';

/** The link's part from `#` on, if the text carries one: a whole link or only its end. */
export function fragmentIn(text: string): string | undefined {
  const at = text.indexOf(PREFIX);
  return at < 0 ? undefined : text.slice(at).trim();
}

export async function encodeFragment(bundle: Uint8Array): Promise<string> {
  const packed = await drain(new Blob([bundle as BlobPart]).stream().pipeThrough(new CompressionStream('deflate')), Infinity);
  return PREFIX + toBase64Url(packed);
}

export async function decodeFragment(fragment: string): Promise<Uint8Array> {
  const packed = fromBase64Url(fragment.slice(PREFIX.length));
  if (!fragment.startsWith(PREFIX) || packed === undefined) throw new LinkError('not-a-bundle');
  const unpacked = new Blob([packed as BlobPart]).stream().pipeThrough(new DecompressionStream('deflate'));
  try {
    return await drain(unpacked, LINK_BYTES_MAX);
  } catch (error) {
    throw error instanceof LinkError ? error : new LinkError('not-a-bundle');
  }
}

/** Everything that a stream gives; `bundle-too-large` as soon as it is more than `max`. */
async function drain(stream: ReadableStream<Uint8Array>, max: number): Promise<Uint8Array> {
  const reader = stream.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > max) {
      await reader.cancel();
      throw new LinkError('bundle-too-large');
    }
    parts.push(value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function toBase64Url(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 0x2000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x2000));
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

export function fromBase64Url(text: string): Uint8Array | undefined {
  if (!/^[\w-]+$/.test(text) || text.length % 4 === 1) return undefined;
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}
