/**
 * What a file is, by its first bytes: only to tell people in plain words what they dropped. Nothing is decided by it but
 * which explanation is shown; a file that claims to be a document goes to the light client as it is.
 */

export type FileKind =
  | 'image' | 'media' | 'zip' | 'office' | 'pdf' | 'xml' | 'html' | 'json' | 'text' | 'key' | 'anchor-damaged'
  | 'truncated' | 'credential-only' | 'too-large' | 'empty' | 'unreadable' | 'folder' | 'program' | 'unknown';

export type Sniffed = 'bundle' | 'anchor' | FileKind;

/** A head of this many bytes tells any kind. */
export const HEAD_BYTES = 4096;

const MAGIC: readonly (readonly [number, string, FileKind])[] = [
  [0, '%PDF-', 'pdf'],
  [0, '\x89PNG', 'image'], [0, '\xff\xd8\xff', 'image'], [0, 'GIF8', 'image'], [8, 'WEBP', 'image'],
  [0, 'II*\0', 'image'], [0, 'MM\0*', 'image'],
  [4, 'ftyphei', 'image'], [4, 'ftypmif', 'image'], [4, 'ftypavif', 'image'], [4, 'ftyp', 'media'],
  [8, 'WAVE', 'media'], [8, 'AVI ', 'media'], [0, 'ID3', 'media'], [0, 'OggS', 'media'], [0, '\x1aE\xdf\xa3', 'media'],
  [0, '\xd0\xcf\x11\xe0', 'office'],
  [0, 'PK\x03\x04', 'zip'], [0, 'PK\x05\x06', 'zip'], [0, 'Rar!', 'zip'], [0, '7z\xbc\xaf', 'zip'], [0, '\x1f\x8b', 'zip'],
  [0, 'BZh', 'zip'], [0, '\xfd7zXZ', 'zip'],
  [0, 'MZ', 'program'], [0, '\x7fELF', 'program'], [0, '#!', 'program'], [0, '\xca\xfe\xba\xbe', 'program'],
];

export function sniff(bytes: Uint8Array, name: string): Sniffed {
  if (bytes.length === 0) return 'empty';
  const head = latin1(bytes.subarray(0, HEAD_BYTES));
  for (const [at, magic, kind] of MAGIC) {
    if (head.startsWith(magic, at)) return kind === 'zip' && isOffice(head, name) ? 'office' : kind;
  }
  return head.includes('\0') ? 'unknown' : sniffText(head.replace(/^\xef\xbb\xbf/, '').trimStart(), bytes, name);
}

function sniffText(start: string, bytes: Uint8Array, name: string): Sniffed {
  if (start.startsWith('<')) {
    if (/<(!doctype\s+html|html|head|body|script)\b/i.test(start)) return 'html';
    return /<svg\b/i.test(start) ? 'image' : 'xml';
  }
  if (/^-----BEGIN [A-Z ]*PRIVATE KEY/.test(start)) return 'key';
  if (start.startsWith('{')) return sniffObject(start, bytes, name);
  if (start.startsWith('[') && isJson(bytes)) return 'json';
  if (/^eyJ[\w-]+\.[\w-]+\.[\w-]+(~|\s*$)/.test(start)) return 'credential-only';
  if (name.toLowerCase().endsWith('.sogoc')) return 'truncated';
  return /[^\t\n\r\x20-\x7e\x80-\xff]/.test(start) ? 'unknown' : 'text';
}

/** Members may stand in any order: the one that names the format can come last. */
function sniffObject(start: string, bytes: Uint8Array, name: string): Sniffed {
  const names = (member: string): boolean => start.includes(member) || latin1(bytes).includes(member);
  if (names('"sogoc-key"')) return 'key';
  if (names('"sogoc-checkpoint"')) return 'anchor';
  if (names('"sogoc-bundle"') || name.toLowerCase().endsWith('.sogoc')) return isJson(bytes) ? 'bundle' : 'truncated';
  return isJson(bytes) ? 'json' : 'text';
}

function isOffice(head: string, name: string): boolean {
  return head.includes('[Content_Types].xml') || /\.(docx|xlsx|pptx|odt|ods|odp)$/i.test(name);
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
    return true;
  } catch {
    return false;
  }
}

/** Each byte as one character: the magic numbers above are bytes, not text. */
function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x2000) text += String.fromCharCode(...bytes.subarray(at, at + 0x2000));
  return text;
}
