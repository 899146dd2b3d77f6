import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromHex } from '../src/bytes.js';
import { isList, isObject, parseJson } from '../src/json.js';
import type { Json, JsonObject } from '../src/json.js';
import { Refusal } from '../src/refusal.js';

const VECTORS = join(process.cwd(), '../../../docs/vectors');

/** A member of a vector, read as what the test expects it to be. */
export class Vector {
  constructor(readonly json: Json | undefined, private readonly where: string) {}

  at(name: string): Vector {
    return new Vector(this.object().get(name), `${this.where}.${name}`);
  }

  maybe(name: string): Vector | undefined {
    return this.object().has(name) ? this.at(name) : undefined;
  }

  get there(): boolean {
    return this.json !== undefined && this.json !== null;
  }

  object(): JsonObject {
    return isObject(this.json) ? this.json : this.isNo('object');
  }

  list(): Vector[] {
    if (!isList(this.json)) return this.isNo('list');
    return this.json.map((value, i) => new Vector(value, `${this.where}[${i}]`));
  }

  text(): string {
    return typeof this.json === 'string' ? this.json : this.isNo('text');
  }

  bytes(): Uint8Array {
    return fromHex(this.text());
  }

  integer(): bigint {
    return typeof this.json === 'bigint' ? this.json : this.isNo('integer');
  }

  flag(): boolean {
    return typeof this.json === 'boolean' ? this.json : this.isNo('flag');
  }

  /** As `JSON.parse` would have it. */
  plain(): unknown {
    return plain(this.json);
  }

  private isNo(kind: string): never {
    throw new Error(`${this.where} is no ${kind}`);
  }
}

export function plain(json: Json | undefined): unknown {
  if (isObject(json)) return Object.fromEntries([...json].map(([name, value]) => [name, plain(value)]));
  if (isList(json)) return json.map(plain);
  return typeof json === 'bigint' ? Number(json) : json;
}

export function vectors(file: string): Vector {
  return new Vector(parseJson(readFileSync(join(VECTORS, file)), 64), file);
}

/** The code with which `made` refuses; none if it does not. */
export function codeOf(made: () => unknown): string | undefined {
  try {
    made();
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}
