/** What the kernel reports of its calls, as it is in its memory. */
import { ROW_WIDTH } from '../terms/batch.js';
import {
  COMMA_DUE,
  REPORT_ABSENT,
  REPORT_COVERS,
  REPORT_DEPTH,
  REPORT_DUE,
  REPORT_FULL,
  REPORT_IN_STRING,
  REPORT_LINES,
  REPORT_OTHER_KIND,
  REPORT_ROWS,
  REPORT_VERIFIED,
  ROWS,
} from './kernel-code.js';

/** Reads the reports. */
export abstract class KernelReports {
  /** The memory as words of 32 bits. Recreated when it grows. */
  protected words = new Int32Array(0);

  /** The rows of the last scan. */
  get rows(): Int32Array {
    return this.words.subarray(ROWS / 4, ROWS / 4 + this.rowCount * ROW_WIDTH);
  }

  /** The number of these. */
  get rowCount(): number {
    return this.words[REPORT_ROWS / 4];
  }

  /** Rows of the last scan whose entities are valid by the full grammar. */
  get verified(): number {
    return this.words[REPORT_VERIFIED / 4];
  }

  /** The ordinal after the last record of the last scan. */
  get covers(): number {
    return this.words[REPORT_COVERS / 4];
  }

  /** Records of the last scan that were left out because they do not have the deciding member. */
  get absent(): number {
    return this.words[REPORT_ABSENT / 4];
  }

  /** Records of the last scan that were left out because that member is neither text nor a number. */
  get otherKind(): number {
    return this.words[REPORT_OTHER_KIND / 4];
  }

  /** Lines that the last scan passed, blank ones included. */
  get lines(): number {
    return this.words[REPORT_LINES / 4];
  }

  /** What comes next in the array after the last scan of elements. */
  get due(): 'element' | 'comma' {
    return this.words[REPORT_DUE / 4] === COMMA_DUE ? 'comma' : 'element';
  }

  /** Brackets that the last skip left open. */
  get depth(): number {
    return this.words[REPORT_DEPTH / 4];
  }

  /** Whether the last skip ended inside a string. */
  get inString(): boolean {
    return this.words[REPORT_IN_STRING / 4] === 1;
  }

  /** Whether the last scan stopped because the rows or the excerpts have no more room. */
  protected get isFull(): boolean {
    return this.words[REPORT_FULL / 4] === 1;
  }
}
