/** A list of which only the seen rows exist in the page, moved through with the keys of a grid. */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

/** Rows above and below the seen ones. */
const MARGIN = 6;

interface Rows<Item> {
  readonly label: string;
  readonly items: readonly Item[];
  readonly keyOf: (item: Item) => string;
  readonly rowHeight: number;
  readonly columns: readonly string[];
  readonly render: (item: Item) => ComponentChildren;
  readonly isSelected: (item: Item) => boolean;
  readonly onOpen: (item: Item) => void;
  readonly onToggle: (item: Item) => void;
}

/** The list. */
export function WindowedRows<Item>(props: Rows<Item>) {
  const { label, items, keyOf, rowHeight, columns, render, isSelected, onOpen, onToggle } = props;
  const frame = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 800 });
  const [active, setActive] = useState<string | undefined>(undefined);
  const wantsFocus = useRef(false);

  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const measure = () => setView({ top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, []);

  const first = Math.max(0, Math.floor(view.top / rowHeight) - MARGIN);
  const last = Math.min(items.length, Math.ceil((view.top + view.height) / rowHeight) + MARGIN);
  const found = active === undefined ? -1 : items.findIndex((item) => keyOf(item) === active);
  const current = found >= 0 ? found : first;

  useEffect(() => {
    if (!wantsFocus.current) return;
    wantsFocus.current = false;
    frame.current?.querySelector<HTMLElement>(`[aria-rowindex="${current + 2}"]`)?.focus({ preventScroll: true });
  });

  /** Makes a row the active one, and seen. */
  function move(to: number): void {
    const index = Math.min(items.length - 1, Math.max(0, to));
    const element = frame.current;
    if (element === null || index < 0) return;
    const top = index * rowHeight;
    const head = element.querySelector<HTMLElement>('.head')?.offsetHeight ?? 0;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight + head > element.scrollTop + element.clientHeight) {
      element.scrollTop = top + rowHeight + head - element.clientHeight;
    }
    setView({ top: element.scrollTop, height: element.clientHeight });
    setActive(keyOf(items[index]));
    wantsFocus.current = true;
  }

  function onKeyDown(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(view.height / rowHeight) - 1);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: current + 1,
      ArrowUp: current - 1,
      PageDown: current + page,
      PageUp: current - page,
      Home: 0,
      End: items.length - 1,
    };
    const to = steps[event.key];
    if (to !== undefined) move(to);
    else if (event.key === 'Enter' && items[current] !== undefined) onOpen(items[current]);
    else if (event.key === ' ' && items[current] !== undefined) onToggle(items[current]);
    else return;
    event.preventDefault();
  }

  return (
    <div
      class="rows"
      role="grid"
      ref={frame}
      aria-label={label}
      aria-rowcount={items.length + 1}
      aria-colcount={columns.length}
      aria-multiselectable="true"
    >
      <div class="row head" role="row" aria-rowindex={1}>
        {columns.map((column) => (
          <span key={column} role="columnheader">
            {column}
          </span>
        ))}
      </div>
      <div class="body" role="rowgroup" style={{ height: `${items.length * rowHeight}px` }} onKeyDown={onKeyDown}>
        {items.slice(first, last).map((item, offset) => {
          const index = first + offset;
          return (
            <div
              key={keyOf(item)}
              class="row"
              role="row"
              aria-rowindex={index + 2}
              aria-selected={isSelected(item)}
              tabIndex={index === current ? 0 : -1}
              style={{ transform: `translateY(${index * rowHeight}px)`, height: `${rowHeight}px` }}
              onFocus={() => setActive(keyOf(item))}
              onClick={() => onOpen(item)}
            >
              {render(item)}
            </div>
          );
        })}
      </div>
    </div>
  );
}
