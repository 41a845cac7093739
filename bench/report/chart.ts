/** The chart of the README: SVG bars of the results, readable in light and dark mode. */
import { OURS, PEERS, PROCESSES } from '../names.js';
import { median, rates, type Timing } from '../race.js';
import type { SectionName } from '../sections.js';
import { rounded } from './markdown.js';
import type { Results } from './results.js';

/** Rows of one kind of work, with their own scale. */
interface Panel {
  readonly section: SectionName;
  readonly title: string;
  /** Names of rows, with their labels. */
  readonly rows: readonly (readonly [name: string, label: string])[];
}

const PANELS: readonly Panel[] = [
  {
    section: 'processes-large',
    title: 'Complete processes, start included: NDJSON, select by type',
    rows: [
      [PROCESSES.lines(2), 'sluice, two threads'],
      [PROCESSES.lines(1), 'sluice, one thread'],
      [PROCESSES.file, 'sluice to a file'],
      [PROCESSES.envelope, 'sluice, base64 envelope'],
      [PROCESSES.duckdb(2), 'DuckDB, two threads'],
      [PROCESSES.duckdb(1), 'DuckDB, one thread'],
      [PROCESSES.split, 'split + JSON.parse, base64 envelope'],
      [PROCESSES.byJq('gojq'), 'gojq'],
      [PROCESSES.byJq('jq'), 'jq'],
    ],
  },
  {
    section: 'lines',
    title: 'NDJSON: select by type, base64 envelope',
    rows: [
      [OURS.trusted, 'sluice, trusted'],
      [OURS.checked, 'sluice, checked (the default)'],
      [PEERS.duckdb, 'DuckDB, one thread, raw lines, no base64'],
      [PEERS.splitSlices, 'split + JSON.parse, slices'],
      [PEERS.split, 'split + JSON.parse + stringify'],
      [PEERS.readline, 'readline + JSON.parse + stringify'],
      [PEERS.streamJsonTuned, 'stream-json, tuned'],
      [PEERS.streamParser, '@streamparser/json'],
      [PEERS.gojq, 'gojq, no base64'],
      [PEERS.jq, 'jq, no base64'],
    ],
  },
  {
    section: 'document',
    title: 'One JSON document: the same',
    rows: [
      [OURS.trusted, 'sluice, trusted'],
      [OURS.checked, 'sluice, checked (the default)'],
      [PEERS.streamJsonByHand, 'stream-json tokenizer by hand'],
      [PEERS.whole, 'JSON.parse of the whole file'],
      [PEERS.streamJsonTuned, 'stream-json, tuned'],
      [PEERS.streamParser, '@streamparser/json'],
      [PEERS.gojq, 'gojq, no base64'],
      [PEERS.jq, 'jq, no base64'],
    ],
  },
  {
    section: 'copy-lines',
    title: 'NDJSON: the selection copied, no base64',
    rows: [
      [OURS.trusted, 'sluice, trusted'],
      [OURS.checked, 'sluice, checked (the default)'],
      [PEERS.simdjsonLines, 'simdjson C++, per line, type only'],
      [PEERS.simdjsonMany, 'simdjson C++, iterate_many'],
    ],
  },
  {
    section: 'copy-document',
    title: 'One JSON document: the selection copied, no base64',
    rows: [
      [OURS.trusted, 'sluice, trusted'],
      [OURS.checked, 'sluice, checked (the default)'],
      [PEERS.simdjsonDocument, 'simdjson C++, On-Demand'],
    ],
  },
];

const WIDTH = 760;
const BAR_LEFT = 290;
/** Space after the longest bar for its number. */
const BAR_WIDTH = WIDTH - BAR_LEFT - 70;
const ROW_HEIGHT = 22;
const BAR_HEIGHT = 14;
const TITLE_HEIGHT = 40;
const FOOT_HEIGHT = 52;

/** Colours of GitHub's text. */
const STYLE = `
  text { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328; }
  .title { font-weight: 600; font-size: 13px; }
  .quiet { fill: #59636e; font-size: 11px; }
  .ours { fill: #1a7f64; }
  .peer { fill: #afb8c1; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .quiet { fill: #9198a1; }
    .ours { fill: #3fb68b; }
    .peer { fill: #59636e; }
  }
`;

/** Draws the medians of a run; undefined where it has none of the panels. */
export function chart(results: Results): string | undefined {
  const parts: string[] = [];
  let top = 0;
  for (const panel of PANELS) {
    const bars = barsOf(panel, results);
    if (bars.length < 2) continue;
    parts.push(drawPanel(panel.title, bars, top));
    top += TITLE_HEIGHT + bars.length * ROW_HEIGHT;
  }
  if (parts.length === 0) return undefined;
  const settings = results.sections.lines?.settings ?? results.sections['copy-lines']?.settings;
  const size = settings ? `${settings.megabytes} MB, slow ones ${settings.slowMegabytes} MB; ` : '';
  const foot = [
    'Megabytes of input a second, median of the rounds. Each group has its own scale.',
    `${size}Node ${results.node.slice(1)}, ${results.machine.cores} cores of ${escaped(results.machine.cpu)}, ${results.date}`,
  ];
  const height = top + FOOT_HEIGHT;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" ` +
      `role="img" aria-label="Megabytes of input a second: sluice beside what else could do the work">`,
    `<style>${STYLE}</style>`,
    ...parts,
    ...foot.map((text, line) => `<text class="quiet" x="0" y="${top + 24 + line * 16}">${text}</text>`),
    '</svg>\n',
  ].join('\n');
}

interface Bar {
  readonly label: string;
  readonly rate: number;
  readonly ours: boolean;
}

/** Sorts the fastest first. */
function barsOf({ section, rows }: Panel, { sections }: Results): readonly Bar[] {
  const timings = new Map<string, Timing>(sections[section]?.rows.map((timing) => [timing.name, timing]));
  return rows
    .flatMap(([name, label]) => {
      const timing = timings.get(name);
      return timing ? [{ label, rate: median(rates(timing)), ours: label.startsWith('sluice') }] : [];
    })
    .sort((a, b) => b.rate - a.rate);
}

function drawPanel(title: string, bars: readonly Bar[], top: number): string {
  const most = Math.max(...bars.map(({ rate }) => rate));
  const rows = bars.map(({ label, rate, ours }, index) => {
    const y = top + TITLE_HEIGHT + index * ROW_HEIGHT;
    const width = Math.max(1, (rate / most) * BAR_WIDTH);
    const baseline = y + BAR_HEIGHT - 3;
    return [
      `<text x="${BAR_LEFT - 8}" y="${baseline}" text-anchor="end">${escaped(label)}</text>`,
      `<rect class="${ours ? 'ours' : 'peer'}" x="${BAR_LEFT}" y="${y}" width="${width.toFixed(1)}" ` +
        `height="${BAR_HEIGHT}" rx="2"/>`,
      `<text x="${(BAR_LEFT + width + 6).toFixed(1)}" y="${baseline}">${rounded(rate)}</text>`,
    ].join('\n');
  });
  return [`<text class="title" x="0" y="${top + TITLE_HEIGHT - 14}">${escaped(title)}</text>`, ...rows].join('\n');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
