/** Which of the two languages the page speaks. */
import { recall, remember } from './preferences.js';
import type { Dictionary } from './text/dictionary.js';
import { en } from './text/en.js';
import { vi } from './text/vi.js';

export type Language = Dictionary['lang'];
export const DICTIONARIES: Readonly<Record<Language, Dictionary>> = { vi, en };
export const LANGUAGES: readonly Language[] = ['vi', 'en'];

let current: Dictionary = vi;

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

export function startLanguage(): void {
  speak(firstLanguage(recall('sogoc.language'), navigator.languages ?? []));
}

export function chooseLanguage(language: Language): void {
  remember('sogoc.language', language);
  speak(language);
}

function speak(language: Language): void {
  current = DICTIONARIES[language];
  document.documentElement.lang = language;
}
