/** The reason of a refusal: in a problem, or in any of the shapes of the documented platform. */
import { isObject } from '../options/faults.js';
import { countAt, listAt, memberAt, textAt } from '../options/json-members.js';
import { ERROR_CODES, type ErrorCode, type RequestFault } from '../terms/errors.js';

/** Why a service refuses. */
export interface Reason {
  /** The documented code. */
  readonly code?: string;
  readonly text?: string;
  /** The code of sluice, if sluice responded. */
  readonly own?: ErrorCode;
  readonly faults: readonly RequestFault[];
  /** Number of further faults. */
  readonly moreFaults?: number;
}

/** The reason in a problem or in any documented shape, which sluice extends with its own code. */
export function reasonIn(body: unknown): Reason {
  const problem = textAt(body, 'detail') ?? textAt(body, 'title');
  if (problem !== undefined) {
    return { ...faultsIn(body), text: problem, own: codeOf(textAt(body, 'code')) };
  }
  for (const root of ['response', 'dataObjectOperationResponse']) {
    const detail = memberAt(body, root, 'statusDetail');
    const messages = listAt(detail, 'messages');
    // A response may contain messages of success beside the error.
    for (const place of [messages.find(isError) ?? messages[0], detail]) {
      const text = messageIn(place);
      const code = textAt(place, 'messageCode') ?? textAt(place, 'code');
      if (text === undefined && code === undefined) continue;
      const own = codeOf(textAt(detail, 'sluiceCode'));
      return { ...faultsIn(detail), code, text, own };
    }
  }
  return { faults: [] };
}

/** Whether a message is an error; the documented words vary in case. */
export function isError(message: unknown): boolean {
  return textAt(message, 'messageType')?.toLowerCase() === 'error';
}

/** The text of a message, which may be an object itself. */
function messageIn(detail: unknown): string | undefined {
  const message = memberAt(detail, 'message');
  if (!isObject(message)) return textAt(detail, 'message');
  return textAt(message, 'message') ?? JSON.stringify(message);
}

/** The code of sluice with this name. */
export function codeOf(name: string | undefined): ErrorCode | undefined {
  return name !== undefined && isErrorCode(name) ? name : undefined;
}

function isErrorCode(name: string): name is ErrorCode {
  return Object.hasOwn(ERROR_CODES, name);
}

function faultsIn(detail: unknown): Pick<Reason, 'faults' | 'moreFaults'> {
  return { faults: listAt(detail, 'faults').flatMap(faultOf), moreFaults: countAt(detail, 'moreFaults') };
}

function faultOf(fault: unknown): readonly RequestFault[] {
  const code = codeOf(textAt(fault, 'code'));
  if (code === undefined) return [];
  return [{ code, path: textAt(fault, 'path') ?? '', message: textAt(fault, 'message') ?? '' }];
}
