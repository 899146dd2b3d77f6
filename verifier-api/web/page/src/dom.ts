/**
 * Builds elements. Text becomes text nodes only: nothing that a file or a server says is ever parsed as markup, and there
 * is no way here to set a style, a handler or an address by attribute.
 */

export type Child = Node | string | false | undefined | readonly Child[];

export interface Props extends Readonly<Partial<Record<AttributeName, string | boolean | undefined>>> {
  readonly class?: string | undefined;
  readonly testid?: string | undefined;
  /** `data-…` */
  readonly data?: Readonly<Record<string, string | undefined>> | undefined;
  /** `aria-…` */
  readonly aria?: Readonly<Record<string, string | undefined>> | undefined;
  readonly on?: Readonly<Partial<{ [Type in keyof HTMLElementEventMap]: (event: HTMLElementEventMap[Type]) => void }>> | undefined;
}

type AttributeName =
  | 'id' | 'type' | 'role' | 'lang' | 'tabindex' | 'for' | 'name' | 'value' | 'multiple' | 'accept' | 'rows' | 'readonly'
  | 'checked' | 'disabled' | 'open' | 'scope' | 'datetime' | 'max' | 'spellcheck' | 'autocomplete' | 'title' | 'selected'
  | 'webkitdirectory' | 'hidden' | 'translate' | 'colspan';

export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  { class: className, testid, data, aria, on, ...attributes }: Props = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  const set = (name: string, value: string | boolean | undefined): void => {
    if (value === true) element.setAttribute(name, '');
    else if (typeof value === 'string') element.setAttribute(name, value);
  };
  set('class', className);
  set('data-testid', testid);
  for (const [name, value] of Object.entries(data ?? {})) set(`data-${name}`, value);
  for (const [name, value] of Object.entries(aria ?? {})) set(`aria-${name}`, value);
  for (const [name, value] of Object.entries(attributes)) set(name, value);
  for (const [type, listener] of Object.entries(on ?? {})) element.addEventListener(type, listener as EventListener);
  append(element, children);
  return element;
}

export function append(parent: Node, children: readonly Child[]): void {
  for (const child of children) {
    if (child === undefined || child === false) continue;
    if (typeof child === 'string') parent.appendChild(document.createTextNode(child));
    else if (child instanceof Node) parent.appendChild(child);
    else append(parent, child);
  }
}

const SVG = 'http://www.w3.org/2000/svg';

/** A drawing that says nothing to a screen reader: the words beside it do. */
export function drawing(viewBox: string, className: string, ...shapes: readonly Shape[]): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', viewBox);
  svg.setAttribute('class', className);
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('focusable', 'false');
  for (const [tag, attributes] of shapes) {
    const shape = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, value);
    svg.appendChild(shape);
  }
  return svg;
}

export type Shape = readonly [tag: 'path' | 'circle' | 'rect', attributes: Readonly<Record<string, string>>];

/** Replaces what an element holds. */
export function fill(element: Element, ...children: readonly Child[]): void {
  element.replaceChildren();
  append(element, children);
}

/** Lets the browser draw and answer before work goes on. */
export const nextFrame = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
