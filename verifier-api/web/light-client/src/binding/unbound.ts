/** Why an evidence binds nothing (FORMATS §22): the code, and the certificate, root or organisation that it is about. */
import { Refusal } from '../refusal.js';
import type { BindingCode, BindingRefusal } from '../types.js';

const CANNOT_CHECK: readonly BindingCode[] = [
  'binding-unknown-algorithm', 'binding-unknown-root', 'binding-root-out-of-window', 'binding-unknown-extension',
];

export class Unbound extends Refusal<BindingCode> {
  constructor(code: BindingCode, readonly detail?: string) {
    super(code);
  }

  get report(): BindingRefusal {
    const { code, detail } = this;
    return { code, cannotCheck: CANNOT_CHECK.includes(code), ...(detail === undefined ? {} : { detail }) };
  }
}

export function unbound(code: BindingCode, detail?: string): never {
  throw new Unbound(code, detail);
}

export function malformed(): never {
  return unbound('binding-malformed');
}
