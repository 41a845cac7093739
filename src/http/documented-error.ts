/** Errors of the documented routes, in the documented shape and with the documented codes. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ErrorCode, ErrorFamily, SluiceError } from '../terms/errors.js';
import { logFailure } from './failure-log.js';
import { beginError, responseTo } from './refusal.js';
import { familyOf, isErrorCode, publicMessage } from './statuses.js';

/** The outer member of a response: that of rsConnect's jobs, or that of all other services. */
export type Wrapping = 'dataObjectOperationResponse' | 'response';

/** A documented code, and its documented text around a message. */
interface DocumentedCode {
  readonly code: string;
  readonly text: (message: string) => string;
}

const AE001: DocumentedCode = { code: 'AE001', text: (m) => `Failed to process request. Exception details ${m}` };
const GE001: DocumentedCode = { code: 'GE001', text: (m) => `Authentication Failure: ${m}` };
const PD001: DocumentedCode = { code: 'PD001', text: (m) => `Permission Denied: ${m}` };
const E0029: DocumentedCode = { code: 'E0029', text: (m) => `Request could not be completed successfully. ${m}` };
const E0129: DocumentedCode = { code: 'E0129', text: (m) => `Failed to process request, ${m}` };
const E0462: DocumentedCode = { code: 'E0462', text: (m) => `Invalid request, ${m}` };

const BY_FAMILY: Readonly<Record<ErrorFamily, DocumentedCode>> = {
  request: AE001,
  access: GE001,
  missing: E0129,
  state: E0129,
  expired: E0129,
  limit: E0129,
  unavailable: E0029,
  input: E0129,
  io: E0029,
  abort: E0029,
  internal: E0029,
};

const BY_CODE: Readonly<Partial<Record<ErrorCode, DocumentedCode>>> = {
  NO_SUCH_ROUTE: E0462,
  MISSING_PEER: E0029,
  FORBIDDEN: PD001,
  NO_SUCH_TENANT: PD001,
};

/** The facts of an error that the documented shape shows. */
export type ErrorFacts = Pick<SluiceError, 'message'> & { readonly code: string } & Partial<
    Pick<SluiceError, 'source' | 'faults' | 'moreFaults'>
  >;

/** The documented `statusDetail`, extended with sluice's own code and faults. */
export function statusDetail({ code, message, source, faults, moreFaults }: ErrorFacts): object {
  const documented = (isErrorCode(code) ? BY_CODE[code] : undefined) ?? BY_FAMILY[familyOf(code)];
  return {
    code: documented.code,
    message: documented.text(publicMessage(code, message, source)),
    messageType: 'error',
    sluiceCode: code,
    faults,
    moreFaults,
  };
}

/** An error handler for routes with documented errors. */
export function sendDocumentedError(wrapping: Wrapping) {
  return (cause: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const response = responseTo(cause);
    const { error, status } = response;
    logFailure(cause, error, status, request);
    return beginError(reply, response)
      .type('application/json')
      .send({ [wrapping]: { status: 'error', statusDetail: statusDetail(error), totalRecords: 0 } });
  };
}
