/** What the page is doing: it takes files in, has them checked, and shows one of three views. */
import { forgetAnchors, loadAnchor, takeAnchor, type AnchorState } from './anchor.js';
import { Certificates } from './certificate.js';
import { askingOnce, check, type Asking } from './check.js';
import { fill, h, nextFrame, type Child } from './dom.js';
import type { Finding } from './finding.js';
import { chooseLanguage, LANGUAGES, t, type Language } from './i18n.js';
import { FILES_MAX, filesOfDrop, readFile, withoutClutter, type Incoming } from './intake.js';
import { decodeFragment, fragmentIn, LinkError } from './link.js';
import { fileSize } from './format.js';
import { ORIGINAL_BYTES_MAX, originalOf, pair, type Job } from './originals.js';
import { chooseTheme } from './preferences.js';
import { sniff } from './sniff.js';
import { anchorView, headerView, promisesView, themeView } from './views/chrome.js';
import { button } from './views/controls.js';
import { homeView } from './views/home.js';
import { listView } from './views/list.js';
import { resultView } from './views/result.js';
import { firstChoice } from './views/share.js';
import { wordsOf } from './words.js';

type Phase = 'idle' | 'reading' | 'checking' | 'done' | 'error';

/** Where the user is; also what the browser's history remembers of it. */
type Place = { readonly view: 'home' } | { readonly view: 'list' } | { readonly view: 'result'; readonly at: number };

/** How long the page works before it lets the browser draw, in milliseconds. */
const SLICE_MS = 40;

export class App {
  readonly #base: URL;
  readonly #certificates: Certificates;
  readonly #header = h('div');
  readonly #main = h('main', { testid: 'main', tabindex: '-1' });
  readonly #status = h('div', { class: 'progress', testid: 'progress', role: 'status', aria: { live: 'polite' } });
  readonly #notices = h('div', { class: 'notices' });
  readonly #footer = h('footer', { class: 'site-footer' });

  #place: Place = { view: 'home' };
  #jobs: Job[] = [];
  #findings: Finding[] = [];
  #offline = false;
  #anchor: AnchorState | undefined;
  #anchorArrived: Promise<void>;
  #sharing: Set<string> | undefined;
  #run = new AbortController();

  /** `base` is what `v1/…` is added to. */
  constructor(root: HTMLElement, base: URL) {
    this.#base = base;
    this.#certificates = new Certificates(base);
    const skip = h('button', { class: 'skip', type: 'button', on: { click: () => this.#main.focus() } });
    fill(root, skip, this.#header, this.#notices, this.#status, this.#main, this.#footer);
    this.#anchorArrived = this.#fetchAnchor();
    this.#listen();
    this.#setPhase('idle');
    this.#draw();
    void this.#guard(() => this.#followLink());
  }

  // ---- Events ----------------------------------------------------------------------------------------------------

  #listen(): void {
    const { body } = document;
    let over = 0; // elements entered and not left yet
    const hovering = (on: boolean): void => { body.classList.toggle('dragging', on); };
    window.addEventListener('dragenter', (event) => { event.preventDefault(); over += 1; hovering(true); });
    window.addEventListener('dragleave', () => { over = Math.max(0, over - 1); hovering(over > 0); });
    window.addEventListener('dragover', (event) => event.preventDefault());
    window.addEventListener('drop', (event) => {
      event.preventDefault(); // else the browser would open the file
      over = 0;
      hovering(false);
      const data = event.dataTransfer;
      if (data !== null) this.#takeTransfer(data, filesOfDrop(data));
    });
    document.addEventListener('paste', (event) => {
      const data = event.clipboardData;
      if (data === null || (event.target instanceof HTMLElement && event.target.closest('input, textarea'))) return;
      this.#takeTransfer(data, Promise.resolve([...data.files]));
    });
    window.addEventListener('hashchange', () => void this.#guard(() => this.#followLink()));
    window.addEventListener('popstate', (event) => this.#goBackTo(event.state as Place | null));
    window.addEventListener('error', () => this.#notice('internal', t().errors.internal));
    window.addEventListener('unhandledrejection', () => this.#notice('internal', t().errors.internal));
  }

  #takeTransfer(data: DataTransfer, files: Promise<File[]>): void {
    const text = data.getData('text/plain');
    void this.#guard(async () => {
      const given = await files;
      if (given.length > 0) await this.#takeFiles(given);
      else if (text.trim() !== '') await this.#takeText(text);
    });
  }

  /** Nothing that goes wrong stays silent. */
  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      console.error(error);
      this.#notice('internal', t().errors.internal);
      this.#setPhase('error');
    }
  }

  // ---- Taking in -------------------------------------------------------------------------------------------------

  async #takeFiles(files: readonly File[]): Promise<void> {
    const started = performance.now();
    if (files.length > FILES_MAX) {
      this.#notice('too-many', t().list.tooMany(FILES_MAX));
      return;
    }
    const run = this.#begin('reading');
    const incoming: Incoming[] = [];
    let slice = started;
    for (const file of files) {
      incoming.push(await readFile(file));
      if (performance.now() - slice > SLICE_MS) {
        this.#say(files.length > 1 ? t().progress.readingMany(incoming.length, files.length) : t().progress.reading, incoming.length, files.length);
        await nextFrame();
        slice = performance.now();
      }
      if (run.signal.aborted) return;
    }
    await this.#take(incoming, started);
  }

  async #takeText(text: string): Promise<void> {
    const started = performance.now();
    const fragment = fragmentIn(text);
    if (fragment !== undefined) return this.#takeFragment(fragment, started);
    this.#begin('reading');
    const bytes = new TextEncoder().encode(text.trim());
    const sniffed = sniff(bytes, '');
    await this.#take([{ name: t().home.paste, sniffed, bytes, file: undefined }], started);
  }

  /** The link's part after `#` leaves the address bar at once: it is the document. */
  async #followLink(): Promise<void> {
    const fragment = fragmentIn(location.hash);
    if (fragment === undefined) return;
    history.replaceState(null, '', location.pathname + location.search);
    await this.#takeFragment(fragment, performance.now());
  }

  async #takeFragment(fragment: string, started: number): Promise<void> {
    this.#begin('reading');
    const name = t().share.link;
    try {
      const bytes = await decodeFragment(fragment);
      await this.#take([{ name, sniffed: sniff(bytes, ''), bytes, file: undefined }], started);
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      const sniffed = error.code === 'bundle-too-large' ? 'too-large' : 'truncated';
      await this.#take([{ name, sniffed, bytes: undefined, file: undefined }], started);
    }
  }

  async #take(incoming: readonly Incoming[], started: number): Promise<void> {
    const rest = incoming.map((one) => this.#tryAnchor(one)).filter((one): one is Incoming => one !== undefined);
    if (rest.length === 0) return this.#place.view === 'home' ? this.#idle() : this.#checkAll(started);
    if (await this.#takeAsOriginal(rest, started)) return;
    this.#jobs = await pair(rest);
    await this.#checkAll(started);
  }

  /** A trust anchor is taken into use and is no file to check. */
  #tryAnchor(incoming: Incoming): Incoming | undefined {
    if (incoming.sniffed !== 'anchor' || incoming.bytes === undefined) return incoming;
    const anchor = takeAnchor(incoming.bytes);
    if (anchor === undefined) return { ...incoming, sniffed: 'anchor-damaged', bytes: undefined };
    this.#anchor = { anchor, failure: undefined };
    this.#anchorArrived = Promise.resolve();
    this.#notice('anchor-taken', t().anchor.taken(anchor.checkpoint.header.chain));
    this.#drawFooter();
    return undefined;
  }

  /** A single other file, while a document that seals a file is open, is compared with it. */
  async #takeAsOriginal(incoming: readonly Incoming[], started: number): Promise<boolean> {
    const [only] = incoming;
    const finding = this.#opened();
    const job = this.#place.view === 'result' ? this.#jobs[this.#place.at] : undefined;
    const seals = finding?.report?.document?.type === 'da-ky';
    if (incoming.length !== 1 || only?.file === undefined || job === undefined || !seals) return false;
    job.original = await originalOf(only.file);
    if (job.original === undefined) this.#notice('too-large', t().original.tooLarge(fileSize(ORIGINAL_BYTES_MAX, t())));
    await this.#checkAll(started);
    return true;
  }

  // ---- Checking --------------------------------------------------------------------------------------------------

  /** Checks every job anew; the view stays where it is if the same files are shown already. */
  async #checkAll(started: number): Promise<void> {
    const run = this.#begin('checking');
    const again = this.#findings.length === this.#jobs.length && this.#place.view !== 'home';
    this.#say(t().progress.checking, 0, this.#jobs.length);
    await this.#anchorArrived;
    const asking: Asking = {
      anchor: this.#anchor?.anchor,
      client: this.#offline ? undefined : askingOnce(this.#base, run.signal),
    };
    const findings: Finding[] = [];
    let slice = performance.now();
    for (const { incoming, original } of this.#jobs) {
      if (run.signal.aborted) break;
      findings.push(await check(incoming, asking, original));
      if (performance.now() - slice > SLICE_MS && this.#jobs.length > 1) {
        this.#say(t().progress.checkingMany(findings.length, this.#jobs.length), findings.length, this.#jobs.length, run);
        await nextFrame();
        slice = performance.now();
      }
    }
    if (run !== this.#run) return; // other files came in meanwhile
    if (run.signal.aborted) this.#notice('stopped', t().list.stopped(findings.length, this.#jobs.length));
    this.#jobs.length = findings.length;
    this.#findings = findings;
    if (findings.length === 0) return this.#idle();
    this.#sharing = undefined;
    if (again) this.#show(this.#place);
    else this.#go(findings.length === 1 ? { view: 'result', at: 0 } : { view: 'list' });
    performance.clearMeasures('sogoc-verdict');
    performance.measure('sogoc-verdict', { start: started, end: performance.now() });
  }

  #begin(phase: Phase): AbortController {
    this.#abandon();
    this.#setPhase(phase);
    fill(this.#notices);
    return this.#run;
  }

  #idle(): void {
    this.#setPhase('idle');
    fill(this.#status);
    this.#draw();
  }

  #recheckOnline(): void {
    this.#offline = false;
    if (this.#anchor?.anchor === undefined) this.#anchorArrived = this.#fetchAnchor();
    void this.#guard(() => this.#checkAll(performance.now()));
  }

  // ---- The trust anchor ------------------------------------------------------------------------------------------

  async #fetchAnchor(): Promise<void> {
    const offline = this.#offline;
    this.#anchor = undefined;
    this.#anchor = await loadAnchor(this.#base, offline);
    this.#drawFooter();
  }

  #forgetAnchor(): void {
    forgetAnchors();
    this.#notice('anchor-forgotten', t().anchor.forgotten);
    this.#anchorArrived = this.#fetchAnchor();
    this.#drawFooter();
    void this.#guard(() => (this.#place.view === 'home' ? this.#anchorArrived : this.#checkAll(performance.now())));
  }

  // ---- Where the user is -----------------------------------------------------------------------------------------

  #opened(): Finding | undefined {
    return this.#place.view === 'result' ? this.#findings[this.#place.at] : undefined;
  }

  #go(place: Place): void {
    history.pushState(place, '');
    this.#show(place);
  }

  #show(place: Place): void {
    if (place.view !== 'result' || this.#place.view !== 'result' || place.at !== this.#place.at) this.#sharing = undefined;
    this.#place = place;
    this.#setPhase(place.view === 'home' ? 'idle' : 'done');
    fill(this.#status, place.view === 'home' ? undefined : h('p', { class: 'visually-hidden' }, t().progress.done));
    this.#draw();
    this.#main.querySelector<HTMLElement>('h1')?.focus();
  }

  #goBackTo(place: Place | null): void {
    this.#abandon();
    const known = place === null || place.view === 'home' || (place.view === 'list' ? this.#findings.length > 1 : place.at < this.#findings.length);
    this.#show(known && place !== null ? place : { view: 'home' });
  }

  #goHome(): void {
    this.#abandon();
    this.#go({ view: 'home' });
  }

  /** What is being checked is of no interest any more; its results are not shown. */
  #abandon(): void {
    this.#run.abort();
    this.#run = new AbortController();
  }

  // ---- Drawing ---------------------------------------------------------------------------------------------------

  #draw(): void {
    const [skip] = document.getElementsByClassName('skip');
    if (skip !== undefined) skip.textContent = t().skip;
    fill(this.#header, headerView({
      home: () => this.#goHome(),
      language: (language) => void this.#guard(() => this.#speak(language)),
    }));
    fill(this.#main, this.#view());
    document.title = this.#title();
    this.#drawFooter();
  }

  /** The same view in other words: what the user opened, typed or chose in it stays. */
  #redraw(): void {
    const controls = (): NodeListOf<HTMLElement> => this.#main.querySelectorAll('details, textarea, select');
    const before = controls();
    this.#draw();
    controls().forEach((control, at) => {
      const old = before[at];
      if (control instanceof HTMLDetailsElement && old instanceof HTMLDetailsElement) control.open = old.open;
      if (control instanceof HTMLTextAreaElement && old instanceof HTMLTextAreaElement) control.value = old.value;
      if (control instanceof HTMLSelectElement && old instanceof HTMLSelectElement) {
        control.value = old.value;
        control.dispatchEvent(new Event('change'));
      }
    });
  }

  #view(): HTMLElement {
    const place = this.#place;
    const finding = this.#opened();
    if (place.view === 'result' && finding !== undefined) return this.#result(finding);
    if (place.view === 'list') return listView(this.#findings, (at) => this.#go({ view: 'result', at }));
    return homeView(this.#offline, {
      files: (files) => void this.#guard(() => this.#takeFiles(withoutClutter(files))),
      text: (text) => void this.#guard(async () => (text.trim() === '' ? this.#notice('empty', t().home.pasteEmpty) : this.#takeText(text))),
      offline: (on) => { this.#offline = on; },
    });
  }

  #result(finding: Finding): HTMLElement {
    const known = this.#certificates.known(finding);
    const certificate = this.#offline && known === undefined ? undefined : { known, find: () => this.#certificates.find(finding) };
    return resultView(finding, {
      anchor: this.#anchor?.anchor,
      certificate,
      sharing: this.#sharing,
      back: this.#findings.length > 1 ? () => this.#go({ view: 'list' }) : undefined,
      another: () => this.#goHome(),
      online: () => this.#recheckOnline(),
      compare: (files) => void this.#guard(() => this.#takeFiles(files)),
      share: (open) => this.#share(finding, open),
    });
  }

  #share(finding: Finding, open: boolean): void {
    const document = finding.report?.document;
    this.#sharing = open && document !== undefined ? firstChoice(document, wordsOf(document, t())) : undefined;
    this.#draw();
    this.#main.querySelector<HTMLElement>(open ? '#share-title' : '[data-testid="share-open"]')?.focus();
  }

  #title(): string {
    const finding = this.#opened();
    if (finding !== undefined) return `${t().verdicts[finding.shown].title} · ${t().brand.name}`;
    if (this.#place.view === 'list') return `${t().list.title(this.#findings.length)} · ${t().brand.name}`;
    return `${t().brand.name} · ${t().brand.tagline}`;
  }

  #drawFooter(): void {
    fill(this.#footer, h('div', { class: 'site-footer-inner' },
      anchorView(this.#anchor, { replace: (files) => void this.#guard(() => this.#takeFiles(files)), forget: () => this.#forgetAnchor() }),
      promisesView(themeView(chooseTheme))));
  }

  async #speak(language: Language): Promise<void> {
    fill(this.#notices);
    const spoken = await chooseLanguage(language).catch(() => {
      this.#notice('language', LANGUAGES.map((lang) => h('span', { lang }, t().errors.language[lang], ' ')));
      return false;
    });
    if (!spoken) return;
    this.#redraw();
    this.#header.querySelector<HTMLElement>(`[data-testid="language-${language}"]`)?.focus();
  }

  #setPhase(phase: Phase): void {
    this.#main.dataset['state'] = phase;
    this.#main.setAttribute('aria-busy', String(phase === 'reading' || phase === 'checking'));
  }

  #say(text: string, done: number, total: number, stop?: AbortController): void {
    const bar = h('progress', { max: String(total), aria: { label: text } });
    if (total > 1) bar.value = done;
    fill(this.#status, h('div', { class: 'progress-inner' },
      h('p', {}, text), bar,
      stop !== undefined && button('small', 'stop', t().progress.cancel, () => stop.abort())));
  }

  #notice(code: string, text: Child): void {
    const box = h('div', { class: 'notice', testid: 'notice', role: 'alert', data: { code } },
      h('p', {}, text),
      button('small', 'notice-close', t().errors.dismiss, () => box.remove()));
    fill(this.#notices, box);
  }
}
