/** Throughput over time, from the events that this page has received. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { count } from './format.js';

/** Records per second at a time. */
export interface Sample {
  /** Seconds since 1970. */
  readonly at: number;
  readonly rate: number;
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
        aria-label={`Records per second while this page was open: ${count(Math.round(rates.at(-1) ?? 0))} last, ${count(Math.round(most))} at most`}
      />
    </section>
  );
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
      { ...axis, grid: { show: false } },
      { ...axis, size: 70, values: (_plot, values) => values.map((value) => `${count(value)}/s`) },
    ],
    scales: { y: { range: (_plot, _least, most) => [0, Math.max(1, most * 1.1)] } },
    series: [
      {},
      { stroke: accent, width: 1.5, fill: `color-mix(in srgb, ${accent} 12%, transparent)`, points: { show: false } },
    ],
  };
}
