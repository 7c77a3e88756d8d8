/** Text that is HTML already. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Value = Html | string | number | readonly Html[];

/** Escapes the values of a template, unless they are HTML already. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(parts.map((part, index) => part + (index < values.length ? toText(values[index] ?? '') : '')).join(''));
}

/** The subset of Markdown in our descriptions: paragraphs, `##` headings, `-` lists, fences, code and bold. */
export function markdown(text: string): Html[] {
  return text
    .trim()
    .split(/\n{2,}/)
    .filter((part) => part !== '')
    .map(block);
}

export function inline(text: string): Html {
  const marked = escapeText(text)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\*\*([^*]+)\*\*/g, '<b>$1</b>');
  return new Html(marked);
}

const NOTHING = html``;

export function when(condition: boolean, render: () => Html): Html {
  return condition ? render() : NOTHING;
}

function block(text: string): Html {
  if (text.startsWith('## ')) return html`<h2>${inline(text.slice(3))}</h2>`;
  if (text.startsWith('```')) return html`<pre>${text.replace(/^```\w*\n|\n```$/g, '')}</pre>`;
  if (text.startsWith('- ')) {
    const items = text.slice(2).split(/\n- /);
    return html`<ul>${items.map((item) => html`<li>${inline(item)}</li>`)}</ul>`;
  }
  return html`<p>${inline(text)}</p>`;
}

function toText(value: Value): string {
  if (value instanceof Html) return value.text;
  return typeof value === 'object' ? value.map(({ text }) => text).join('') : escapeText(String(value));
}

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
