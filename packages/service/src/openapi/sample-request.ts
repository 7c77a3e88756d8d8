import type { NamedOperation, Operation, Parameter } from './document.ts';

/** A `curl` command for the call of the example. */
export function sampleRequest({ method, path, operation }: NamedOperation, origin: string): string {
  const { parameters = [], requestBody, security } = operation;
  const [type, media] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  const parts = [
    `curl ${method === 'get' ? '' : `-X ${method.toUpperCase()} `}${quote(origin + withValues(path, parameters))}`,
    ...credentials(security),
    ...(type === undefined || media === undefined ? [] : body(type, media.example)),
  ];
  return parts.join(' \\\n  ');
}

function withValues(path: string, parameters: readonly Parameter[]): string {
  const values = new Map(parameters.map(({ name, example }) => [name, textOf(example)]));
  const query = parameters.filter((parameter) => parameter.in === 'query' && parameter.example !== undefined);
  const search = new URLSearchParams(Object.fromEntries(query.map(({ name, example }) => [name, textOf(example)]))).toString();
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values.get(name) ?? '')) + (search === '' ? '' : `?${search}`);
}

/** Examples of parameters are strings and numbers. */
function textOf(example: unknown): string {
  return typeof example === 'string' || typeof example === 'number' ? String(example) : '';
}

function credentials([first = {}]: Operation['security']): string[] {
  if ('accessToken' in first) return ['-H "Authorization: Bearer $ACCESS_TOKEN"'];
  if ('clientBasic' in first) return ['-u "$CLIENT_ID:$CLIENT_SECRET"'];
  return [];
}

function body(type: string, example: unknown): string[] {
  if (type === 'application/x-www-form-urlencoded') {
    return Object.entries(example as object).map(([name, value]) => `-d ${quote(`${name}=${[value].flat()[0]}`)}`);
  }
  const text = typeof example === 'string' ? example : readable(example);
  return [`-H 'Content-Type: ${type}'`, `-d ${quote(text)}`];
}

function readable(value: unknown): string {
  const line = JSON.stringify(value);
  return line.length <= 60 ? line : JSON.stringify(value, null, 2);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
