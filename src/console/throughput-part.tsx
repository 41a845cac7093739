/** Throughput over time, from the history of the job and the events that this page has received. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { clock, count } from './format.js';
import type { JobHistory, Progress } from './model.js';

/** Records per second at a time. */
export interface Sample {
  /** Seconds since 1970. */
  readonly at: number;
  readonly rate: number;
  /** Records that were read until then. */
  readonly read: number;
}

/** Samples that are kept: an hour of one a second. */
const MOST = 3600;

/** Shortest time between two samples, in seconds. */
const SHORTEST = 0.25;

/** Adds a sample: its rate is that since the last one, the first has that of the attempt. */
export function withSample(
  samples: readonly Sample[],
  { read, recordsPerSecond }: Progress,
  at: number,
): readonly Sample[] {
  const last = samples.at(-1);
  if (last === undefined) return [{ at, rate: Number(recordsPerSecond), read: Number(read) }];
  const seconds = at - last.at;
  if (seconds < SHORTEST) return samples;
  const rate = Math.max(0, (Number(read) - last.read) / seconds);
  return [...samples.slice(1 - MOST), { at, rate, read: Number(read) }];
}

/** Half of the time, in seconds, in which the rate falls to 0 between two attempts. */
const EDGE = 0.001;

/** The samples of a history: a rate is that since the sample before, and 0 between two attempts. */
export function samplesOf({ samples }: JobHistory): readonly Sample[] {
  return samples.flatMap((sample, index) => {
    const [before, after] = [samples[index - 1], samples[index + 1]];
    const [at, read] = [Date.parse(sample.at) / 1000, Number(sample.read)];
    if (before?.attempt === sample.attempt) return [{ at, rate: rateBetween(before, sample), read }];
    const begins = { at, rate: after?.attempt === sample.attempt ? rateBetween(sample, after) : 0, read };
    if (before === undefined) return [begins];
    const pause = { rate: 0, read };
    return [{ at: Date.parse(before.at) / 1000 + EDGE, ...pause }, { at: at - EDGE, ...pause }, begins];
  });
}

function rateBetween(one: JobHistory['samples'][number], other: JobHistory['samples'][number]): number {
  const ms = Math.max(1, Date.parse(other.at) - Date.parse(one.at));
  return Math.max(0, (1000 * (Number(other.read) - Number(one.read))) / ms);
}

const HEIGHT = 150;

/** The section. */
export function Throughput({ samples }: { readonly samples: readonly Sample[] }) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const isDrawn = samples.length > 1;

  useEffect(() => {
    const element = frame.current;
    if (!isDrawn || element === null) return undefined;
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(optionsFor(element), [[], []], element);
      plot.current.setData(columns(samples));
    };
    draw();
    const observer = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    scheme.addEventListener('change', draw);
    return () => {
      observer.disconnect();
      scheme.removeEventListener('change', draw);
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [isDrawn]);

  useEffect(() => plot.current?.setData(columns(samples)), [samples]);

  if (!isDrawn) return null;
  const rates = samples.map(({ rate }) => rate);
  const most = Math.max(...rates);
  return (
    <section aria-labelledby="throughput">
      <h2 id="throughput">Throughput</h2>
      <div
        ref={frame}
        role="img"
        aria-label={`Records per second: ${count(Math.round(rates.at(-1) ?? 0))} last, ${count(Math.round(most))} at most`}
      />
    </section>
  );
}

/** The time of day, to a tenth of a second where there are several marks in one. */
function clockText(at: number, step: number): string {
  return step < 1 ? `${clock(1000 * at)}.${Math.floor(10 * at) % 10}` : clock(1000 * at);
}

function columns(samples: readonly Sample[]): [number[], number[]] {
  return [samples.map(({ at }) => at), samples.map(({ rate }) => rate)];
}

function optionsFor(element: HTMLElement): uPlot.Options {
  const style = getComputedStyle(element);
  const [accent, line, ink] = ['--accent', '--line', '--quiet'].map((name) => style.getPropertyValue(name));
  const axis = {
    stroke: ink,
    font: `11px ${style.fontFamily}`,
    grid: { stroke: line, width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    axes: [
      {
        ...axis,
        space: 80,
        size: 26,
        grid: { show: false },
        values: (_plot, values, _axis, _space, step) => values.map((at) => clockText(at, step)),
      },
      { ...axis, size: 70, values: (_plot, values) => values.map((value) => `${count(value)}/s`) },
    ],
    scales: { y: { range: (_plot, _least, most) => [0, Math.max(1, most * 1.1)] } },
    series: [
      {},
      { stroke: accent, width: 1.5, fill: `color-mix(in srgb, ${accent} 12%, transparent)`, points: { show: false } },
    ],
  };
}
