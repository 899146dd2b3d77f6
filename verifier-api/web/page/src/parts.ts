/**
 * Scripts that not every visitor needs: the texts of a language that nobody reads, the reader of certificates.
 * `index.html` keeps them in a template, where nothing is loaded.
 */
import type { CertificatesPart } from './certificates/part.js';
import type { Dictionary } from './text/dictionary.js';

export interface Parts {
  readonly vi: Dictionary;
  readonly en: Dictionary;
  readonly certificates: CertificatesPart;
}

const loading = new Map<keyof Parts, Promise<unknown>>();

/** Rejects if it does not come; asked again, it is tried again. */
export function loadPart<Name extends keyof Parts>(name: Name): Promise<Parts[Name]> {
  const known = loading.get(name) ?? load(name);
  loading.set(name, known);
  known.catch(() => loading.delete(name));
  return known as Promise<Parts[Name]>;
}

/** Runs a copy of the template's script: a policy with trusted types lets none be given its address here. */
function load(name: keyof Parts): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const template = document.querySelector<HTMLTemplateElement>('#parts');
    const original = template?.content.querySelector<HTMLScriptElement & { exported?: unknown }>(`[data-part=${name}]`);
    if (!original) throw new Error(`no part ${name}`);
    const script = document.importNode(original);
    const ended = (): void => {
      script.remove();
      if (script.exported === undefined) reject(new Error(`part ${name} did not come`));
      else resolve(script.exported);
    };
    script.addEventListener('load', ended);
    script.addEventListener('error', ended);
    document.head.append(script);
  });
}
