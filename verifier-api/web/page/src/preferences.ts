/** What the page remembers: nothing personal, and nothing at all where the browser does not let it. */

export type Theme = 'system' | 'light' | 'dark';
export const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

export type Remembered = 'sogoc.language' | 'sogoc.theme' | 'sogoc.anchor.own' | 'sogoc.anchor.server';

export function recall(name: Remembered): string | undefined {
  try {
    return localStorage.getItem(name) ?? undefined;
  } catch {
    return undefined; // private windows and copies opened from disk may have no storage
  }
}

export function remember(name: Remembered, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Remembering is a convenience; the page works without.
  }
}

export function forget(name: Remembered): void {
  try {
    localStorage.removeItem(name);
  } catch {
    // Nothing was remembered then.
  }
}

export function theme(): Theme {
  const value = recall('sogoc.theme');
  return THEMES.find((name) => name === value) ?? 'system';
}

const dark = (): MediaQueryList => matchMedia('(prefers-color-scheme: dark)');

/** `data-theme` on the root says which of the two it is; the system decides as long as nobody chose. */
export function startTheme(): void {
  dark().addEventListener('change', applyTheme);
  applyTheme();
}

export function chooseTheme(value: Theme): void {
  if (value === 'system') forget('sogoc.theme');
  else remember('sogoc.theme', value);
  applyTheme();
}

function applyTheme(): void {
  const chosen = theme();
  document.documentElement.dataset['theme'] = chosen === 'system' ? (dark().matches ? 'dark' : 'light') : chosen;
}
