/** The bytes in memory: none is lost, and lent bytes are never overwritten. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Kernel } from '../../src/scan/kernel.js';
import { instantiate } from '../../src/scan/kernel-module.js';
import { KernelWindow } from '../../src/scan/kernel-window.js';
import { BufferWindow, type Window } from '../../src/scan/window.js';

/** Writes the text after the end, in as many reads as it takes. */
function write(window: Window, text: string): void {
  for (let rest = Buffer.from(text); rest.length > 0; ) {
    const room = window.reserve(rest.length);
    const length = rest.copy(room);
    window.accept(length);
    rest = rest.subarray(length);
  }
}

const content = ({ bytes, start, end }: Window) => bytes.toString('latin1', start, end);

const share = fc.double({ min: 0, max: 1, noNaN: true });

function newKernel(): Kernel {
  const instance = instantiate(20);
  if (!instance) throw new Error('this machine has no vectors for the kernel');
  return new Kernel(instance);
}

/** Kernels keep memory that has grown, so each window gets a new one. */
const WINDOWS: readonly (readonly [string, (recycle: boolean) => Window])[] = [
  ['a separate buffer', (recycle) => new BufferWindow(recycle)],
  ['the memory of a kernel', (recycle) => new KernelWindow(newKernel(), recycle)],
];

describe.each(WINDOWS)('a window in %s', (_, make) => {
  it('holds bytes that were read ahead, at their offset, whatever was dropped meanwhile', () => {
    const steps = fc.array(fc.tuple(fc.nat({ max: 200_000 }), share, fc.nat({ max: 9 })), { maxLength: 20 });
    const property = fc.property(steps, fc.boolean(), (all, recycle) => {
      const window = make(recycle);
      let input = '';
      for (const [index, [size, given, keep]] of all.entries()) {
        const room = window.reserve(size);
        const text = String.fromCharCode(97 + index).repeat(Math.min(size, room.length));
        room.write(text, 'latin1');
        // Most bytes are dropped while the read is pending; sometimes all of them stay.
        if (keep > 0) window.start += Math.floor((1 - given * given) * (window.end - window.start));
        window.accept(text.length);
        input += text;
        expect(window.offset + window.end).toBe(input.length);
        expect(content(window) === input.slice(window.offset + window.start)).toBe(true);
      }
    });
    fc.assert(property, { numRuns: 100 });
  }, 60_000);
});

describe('a window in the memory of a kernel', () => {
  const KB = 1024;

  it.each([40, 100, 600, 1500])('stays small, however many entities of up to %d KB are cut', (most) => {
    const kernel = newKernel();
    const window = new KernelWindow(kernel, true);
    const before = kernel.bytes.length;
    for (let read = 0; read < 300; read++) {
      const room = window.reserve(256 * KB);
      // The entities before the cut one are scanned while the read is pending.
      const kept = ((read * 7919) % most) * KB;
      window.start = Math.max(window.start, window.end - kept);
      window.accept(room.length);
    }
    expect(kernel.bytes.length - before).toBeLessThan(5 * (most + 256) * KB);
  });
});

describe('a window', () => {
  it('holds the written bytes that were not dropped, at their offset', () => {
    const steps = fc.array(fc.tuple(fc.nat({ max: 200_000 }), share, fc.boolean()), {
      maxLength: 12,
    });
    const property = fc.property(steps, fc.boolean(), (all, recycle) => {
      const window = new BufferWindow(recycle);
      let input = '';
      for (const [index, [size, given, lent]] of all.entries()) {
        const text = String.fromCharCode(97 + index).repeat(size);
        write(window, text);
        input += text;
        window.start += Math.floor(given * (window.end - window.start));
        if (lent) window.lend();
        const from = window.offset + window.start;
        expect(window.offset + window.end).toBe(input.length);
        expect(content(window) === input.slice(from)).toBe(true);
      }
    });
    fc.assert(property, { numRuns: 100 });
  }, 30_000);

  it('never overwrites memory of a batch, unless it may be reused', () => {
    const window = new BufferWindow(false);
    write(window, 'first');
    const { bytes: lent, start, end } = window;
    window.lend();
    window.start = window.end;
    for (let read = 0; read < 50; read++) {
      write(window, 'x'.repeat(10_000));
      window.start = window.end;
      window.lend();
    }
    expect(lent.toString('latin1', start, end)).toBe('first');
  });

  it('reuses its memory if that is allowed', () => {
    const window = new BufferWindow(true);
    const memories = new Set<ArrayBufferLike>();
    for (let read = 0; read < 50; read++) {
      write(window, 'x'.repeat(100_000));
      window.lend();
      window.start = window.end;
      memories.add(window.bytes.buffer);
    }
    expect(memories.size).toBe(1);
  });

  it('returns the same memory if nothing was lent, so that blank input needs no more', () => {
    const window = new BufferWindow(false);
    const memories = new Set<ArrayBufferLike>();
    for (let read = 0; read < 50; read++) {
      write(window, ' '.repeat(100_000));
      window.start = window.end;
      memories.add(window.bytes.buffer);
    }
    expect(memories.size).toBe(1);
  });
});
