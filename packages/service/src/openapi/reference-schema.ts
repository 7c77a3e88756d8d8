import type { Schema } from './document.ts';
import { type Html, html, inline, when } from './html.ts';

export type Schemas = Readonly<Record<string, Schema>>;

export function resolve(schema: Schema, schemas: Schemas): Schema {
  return (schema.$ref === undefined ? null : schemas[schema.$ref.split('/').at(-1) ?? '']) ?? schema;
}

export function renderFields(schema: Schema, schemas: Schemas, place = ''): Html {
  const { properties = {}, required = [] } = resolve(schema, schemas);
  const fields = Object.entries(properties).map(([name, property]) => {
    const resolved = resolve(property, schemas);
    const nested = resolve(resolved.items ?? resolved, schemas);
    const need = when(required.includes(name), () => html` <span class="required">required</span>`);
    return html`<dt>${name} <span>${typeOf(resolved, schemas)}${place}</span>${need}</dt>
<dd>${when(resolved.description !== undefined, () => html`<p>${inline(asSentence(resolved.description ?? ''))}</p>`)}${renderLimits(resolved)}
${when(nested.properties !== undefined, () => html`<dl>${renderFields(nested, schemas)}</dl>`)}</dd>`;
  });
  return html`${fields}`;
}

/** Some descriptions aren't sentences, because they complete the message of a fault: "must be: …". */
function asSentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.`…]$/.test(text) ? '' : '.'}`;
}

function typeOf(schema: Schema, schemas: Schemas): string {
  const { type, items, anyOf, format, const: constant, enum: values } = schema;
  if (constant !== undefined) return JSON.stringify(constant);
  if (values !== undefined) return values.map((value) => JSON.stringify(value)).join(' | ');
  if (anyOf !== undefined) return anyOf.map((one) => typeOf(resolve(one, schemas), schemas)).join(' | ');
  if (items !== undefined) return `array of ${typeOf(resolve(items, schemas), schemas)}`;
  return [[type].flat().join(' | '), format].filter((word) => word !== undefined && word !== '').join(', ');
}

function renderLimits({ minimum, maximum, minLength, maxLength, default: fallback }: Schema): Html {
  const limits = [
    range(minimum, maximum, ''),
    range(minLength, maxLength, ' characters'),
    fallback === undefined || fallback === '' ? '' : `default ${JSON.stringify(fallback)}`,
  ].filter((limit) => limit !== '');
  return when(limits.length > 0, () => html`<p class="soft">${limits.join(' · ')}</p>`);
}

function range(least: number | undefined, most: number | undefined, unit: string): string {
  if (least === undefined && most === undefined) return '';
  if (most === undefined) return `at least ${least}${unit}`;
  return least === undefined ? `at most ${most}${unit}` : `${least} to ${most}${unit}`;
}
