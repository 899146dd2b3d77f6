/** Which of the two languages the page speaks. The texts of each are a part of their own, so that nobody loads what they do not read. */
import { loadPart } from './parts.js';
import { recall, remember } from './preferences.js';
import type { Dictionary } from './text/dictionary.js';

export type Language = Dictionary['lang'];
export const LANGUAGES: readonly Language[] = ['vi', 'en'];
/** As each calls itself. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { vi: 'Tiếng Việt', en: 'English' };

let current: Dictionary;
let wanted: Language;

/** The texts of the language in use. */
export const t = (): Dictionary => current;

/** The remembered language, else the browser's if it is one of the two, else Vietnamese. */
export function firstLanguage(remembered: string | undefined, preferred: readonly string[]): Language {
  if (remembered === 'vi' || remembered === 'en') return remembered;
  for (const tag of preferred) {
    const language = LANGUAGES.find((one) => tag.toLowerCase().split('-')[0] === one);
    if (language !== undefined) return language;
  }
  return 'vi';
}

/** Rather the other language than none. */
export async function startLanguage(): Promise<void> {
  const first = firstLanguage(recall('sogoc.language'), navigator.languages ?? []);
  await speak(first).catch(() => speak(first === 'vi' ? 'en' : 'vi'));
}

/** Whether it is spoken from now on: not if another was chosen before its texts came. Throws if they do not come. */
export async function chooseLanguage(language: Language): Promise<boolean> {
  const spoken = await speak(language);
  if (spoken) remember('sogoc.language', language);
  return spoken;
}

async function speak(language: Language): Promise<boolean> {
  wanted = language;
  const texts = await loadPart(language);
  if (wanted !== language) return false;
  current = texts;
  document.documentElement.lang = language;
  return true;
}
