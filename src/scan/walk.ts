/** What the walks over lines and documents share: the bytes, the table they fill, and the options. */
import { SluiceError } from '../terms/errors.js';
import type { ScanPosition } from '../terms/position.js';
import type { Reject } from '../terms/receipt.js';
import type { Kernel } from './kernel.js';
import { MemberCursor, type TextFault, type WantedMember, wantedMembers } from './members.js';
import { RowBuilder } from './rows.js';
import type { ScanOptions } from './scanner.js';
import type { Window } from './window.js';

/** Where the scan of one input stands. */
export class ScanState {
  readonly options: ScanOptions;
  readonly window: Window;
  /** Reads what it can of the window, where there is one. */
  readonly kernel: Kernel | undefined;
  readonly rows = new RowBuilder();
  readonly cursor = new MemberCursor();
  readonly wanted: readonly WantedMember[];
  rejects: Reject[] = [];
  /** Records of earlier pieces. */
  firstIndex = 0;
  /** Records of this piece. */
  covers = 0;
  /** Of these, the ones that the kernel has left out because they do not bear the deciding member, */
  absent = 0;
  /** or because it is neither text nor a number in them. */
  otherKind = 0;
  /** Offset in the window of the first byte that is not UTF-8; -1 while there is none. */
  bad = -1;
  /** Offset in the window up to which bytes may be looked at. */
  readable = 0;
  /** The last entity ends with the input, without a newline behind it. */
  unended = false;
  /** No bytes follow the window. */
  last = false;

  constructor(options: ScanOptions, window: Window, kernel: Kernel | undefined) {
    this.options = options;
    this.window = window;
    this.kernel = kernel;
    this.readable = window.start;
    this.firstIndex = options.from?.recordIndex ?? 0;
    this.wanted = wantedMembers(options.locate, options.memberNames);
  }

  /** Takes over what the kernel has scanned. */
  takeScanned({ rows, covers, absent, otherKind }: Kernel): void {
    this.rows.append(rows);
    this.covers = covers;
    this.absent += absent;
    this.otherKind += otherKind;
  }

  /** The error of the record that is being read. */
  error({ code, at, message }: TextFault): SluiceError {
    const recordIndex = this.firstIndex + this.covers;
    const byteOffset = this.window.offset + at;
    const { source } = this.options;
    const text = `${source}: ${message} (record ${recordIndex}, byte ${byteOffset})`;
    return new SluiceError(code, 'scan', text, { source, recordIndex, byteOffset });
  }
}

/** What a walk that goes on at the start of the window has to know. */
export type WalkPosition = Omit<ScanPosition, 'byteOffset' | 'recordIndex'>;

/** Goes over the bytes of one form of input; keeps where it stands between chunks. */
export interface Walk {
  readonly singleLine: boolean;
  /** The form that is walked over, and where in it the walk stands; undefined where no other walk could begin. */
  position(): WalkPosition | undefined;
  /** Reads what is readable; answers the fault it ends at, if any. `window.start` is moved over what is done. */
  step(state: ScanState): TextFault | undefined;
}
