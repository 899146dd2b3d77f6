/**
 * What people bring: files, folders, pasted text. Each is looked at by its size and first bytes before it is read, and
 * nothing larger than a document can be is read at all.
 */
import { LINK_BYTES_MAX } from './link.js';
import { HEAD_BYTES, sniff, type Sniffed } from './sniff.js';

export interface Incoming {
  readonly name: string;
  readonly sniffed: Sniffed;
  /** Of a document or a trust anchor. */
  readonly bytes: Uint8Array | undefined;
  /** Of anything else: it may be the original of a sealed document. */
  readonly file: File | undefined;
}

/** Files at once: each is kept in memory with its result. */
export const FILES_MAX = 5000;

/** Files that systems put into folders by themselves. */
const CLUTTER = /(^|\/)(\.[^/]*|Thumbs\.db|desktop\.ini)$/i;

export async function readFile(file: File): Promise<Incoming> {
  const name = file.webkitRelativePath || file.name;
  try {
    if (file.size > LINK_BYTES_MAX) {
      const head = sniff(await bytesOf(file.slice(0, HEAD_BYTES)), name);
      const vague: readonly Sniffed[] = ['bundle', 'anchor', 'json', 'text', 'truncated', 'unknown', 'credential-only'];
      return { name, sniffed: vague.includes(head) ? 'too-large' : head, bytes: undefined, file };
    }
    const bytes = await bytesOf(file);
    const sniffed = sniff(bytes, name);
    const wanted = sniffed === 'bundle' || sniffed === 'anchor';
    return { name, sniffed, bytes: wanted ? bytes : undefined, file: wanted ? undefined : file };
  } catch {
    // The browser says why only to developers; a directory without entries ends here too.
    return { name, sniffed: 'unreadable', bytes: undefined, file: undefined };
  }
}

export async function bytesOf(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await blob.arrayBuffer());
}

/** Everything in a drop, folders included. Must be called while the event is handled: later the browser forgets it. */
export function filesOfDrop(data: DataTransfer): Promise<File[]> {
  const entries = [...data.items].map((item) => (item.kind === 'file' ? item.webkitGetAsEntry?.() : null));
  const plain = [...data.files];
  if (!entries.some((entry) => entry?.isDirectory)) return Promise.resolve(plain);
  return walk(entries.filter((entry): entry is FileSystemEntry => entry != null));
}

export const withoutClutter = (files: readonly File[]): File[] =>
  files.filter((file) => !CLUTTER.test(file.webkitRelativePath || file.name));

async function walk(entries: readonly FileSystemEntry[]): Promise<File[]> {
  const files: File[] = [];
  const waiting = [...entries];
  for (let entry = waiting.shift(); entry !== undefined; entry = waiting.shift()) {
    if (files.length > FILES_MAX) break; // the caller says that there are too many
    if (isFile(entry)) files.push(await fileOf(entry));
    else if (isDirectory(entry)) waiting.push(...(await entriesOf(entry)));
  }
  return withoutClutter(files);
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isDirectory = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

const fileOf = (entry: FileSystemFileEntry): Promise<File> => new Promise((resolve, reject) => entry.file(resolve, reject));

/** A reader gives its entries in portions; an empty one is the end. */
async function entriesOf(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (portion.length === 0) return all;
    all.push(...portion);
  }
}
