// A container's health check: exits with 0 when the URL answers 2xx. (The image has Node, but no curl.)
const [url = ''] = process.argv.slice(2);

try {
  const answer = await fetch(url, { signal: AbortSignal.timeout(4000) });
  process.exitCode = answer.ok ? 0 : 1;
  if (!answer.ok) console.error(await answer.text());
} catch (error) {
  console.error(String(error.cause ?? error));
  process.exitCode = 1;
}
