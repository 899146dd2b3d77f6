/** Starts the page. */
import { App } from './app.js';
import { startLanguage } from './i18n.js';
import { startTheme } from './preferences.js';

startTheme();
void startLanguage().then(
  () => {
    const root = document.getElementById('app');
    if (root !== null) new App(root, new URL('.', document.baseURI));
  },
  () => document.getElementById('speechless')?.removeAttribute('hidden'),
);
