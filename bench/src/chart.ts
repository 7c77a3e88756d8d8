export interface Bar {
  readonly label: string;
  /** Relative to a bare route, which is 1. */
  readonly value: number;
  readonly ours: boolean;
}

const ROW = 28;
const LABEL = 330;
const WIDTH = 800;

const STYLE =
  '.back{fill:#fff}.text{fill:#1f2328}.ours{fill:#1a7f5a}.others{fill:#8a94a3}' +
  '@media(prefers-color-scheme:dark){.back{fill:#0d1117}.text{fill:#e6edf3}.ours{fill:#35b386}.others{fill:#69758a}}';

/** Horizontal bars as an SVG with a background of its own, readable on any page; dark where the reader prefers that. */
export function renderChart(title: string, bars: readonly Bar[]): string {
  const scale = (WIDTH - LABEL - 60) / Math.max(1, ...bars.map(({ value }) => value));
  const rows = bars.map(({ label, value, ours }, index) => {
    const y = 44 + index * ROW;
    return [
      `<text x="${LABEL - 10}" y="${y + 14}" text-anchor="end">${escapeXml(label)}</text>`,
      `<rect x="${LABEL}" y="${y}" width="${(value * scale).toFixed(1)}" height="${ROW - 8}" rx="3" class="${ours ? 'ours' : 'others'}"/>`,
      `<text x="${(LABEL + value * scale + 8).toFixed(1)}" y="${y + 14}">${value.toFixed(2)}</text>`,
    ].join('');
  });
  const height = 56 + bars.length * ROW;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="${escapeXml(title)}">
<style>${STYLE}</style><rect width="${WIDTH}" height="${height}" class="back"/><g class="text"><text x="16" y="26" font-size="15" font-weight="600">${escapeXml(title)}</text>
${rows.join('\n')}
</g></svg>
`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
