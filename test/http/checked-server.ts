/** For tests: the plugin on a server; every response, and every accepted body, is validated against the OpenAPI document. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { type FastifyInstance, fastify, type InjectOptions, type LightMyRequestResponse } from 'fastify';
import { expect } from 'vitest';
import { bearerTokens, type SluiceHttpOptions, sluiceHttp } from '../../src/http.js';

/** Tokens of two tenants. */
export const ACME = 'acme-token';
export const OTHER = 'other-token';

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >;
  readonly operationId?: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> };
}

/** The part of an OpenAPI document that the tests use. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** A registered route. */
export interface AddedRoute {
  readonly method: string;
  readonly url: string;
  readonly hidden: boolean;
}

/** The plugin on its own server. */
export interface CheckedServer {
  readonly app: FastifyInstance;
  readonly document: OpenApiDocument;
  readonly routes: readonly AddedRoute[];
  /** Sends a request as tenant `acme`, unless the headers state another one. */
  ask(options: InjectOptions): Promise<LightMyRequestResponse>;
  get(url: string, headers?: Record<string, string>): Promise<LightMyRequestResponse>;
  post(url: string, body: unknown, headers?: Record<string, string>): Promise<LightMyRequestResponse>;
}

/** The checks of the documents so far, by their text. */
const checks = new Map<string, ReturnType<typeof answerCheck>>();

/** Opens the plugin over jobs. */
export async function openServer(
  options: Partial<SluiceHttpOptions> & Pick<SluiceHttpOptions, 'jobs'>,
): Promise<CheckedServer> {
  const app = fastify();
  const routes: AddedRoute[] = [];
  app.addHook('onRoute', ({ method, url, schema }) => {
    for (const one of [method].flat()) routes.push({ method: one, url, hidden: schema?.hide === true });
  });
  const authenticate = bearerTokens(
    new Map([
      [ACME, 'acme'],
      [OTHER, 'other'],
    ]),
  );
  await app.register(sluiceHttp, { authenticate, ...options });
  await app.ready();
  const prefix = options.prefix ?? '';
  const { body } = await app.inject(`${prefix}/openapi.json`);
  const document: OpenApiDocument = JSON.parse(body);
  // Compiling a document takes longer than most tests, and there are few.
  const check = checks.get(body) ?? answerCheck(document);
  checks.set(body, check);
  const ask = async (request: InjectOptions) => {
    const answer = await app.inject({ ...request, headers: { authorization: `Bearer ${ACME}`, ...request.headers } });
    check(request, answer);
    return answer;
  };
  return {
    app,
    document,
    routes,
    ask,
    get: (url, headers = {}) => ask({ method: 'GET', url, headers }),
    post: (url, body, headers = {}) =>
      ask({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json', ...headers },
        payload: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  };
}

/** Validates a response against the document: its status, media type and body. */
function answerCheck(document: OpenApiDocument) {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema({ ...document, $id: 'openapi' });
  return (request: InjectOptions, answer: LightMyRequestResponse): void => {
    const found = operationOf(document, request.method ?? 'GET', String(request.url));
    // Unknown paths are not documented.
    if (!found) {
      expect(answer.statusCode).toBeGreaterThanOrEqual(400);
      return;
    }
    const [pointer, operation] = found;
    const response = operation.responses[answer.statusCode];
    expect(Object.keys(operation.responses), `${request.method} ${request.url}`).toContain(String(answer.statusCode));
    const { payload } = request;
    if (answer.statusCode < 300 && typeof payload === 'string' && operation.requestBody) {
      conforms(`${pointer}/requestBody/content/${token('application/json')}/schema`, JSON.parse(payload), request.url);
    }
    const mediaType = String(answer.headers['content-type'] ?? '').split(';')[0];
    // Node removes the body; injected responses keep it.
    if (request.method === 'HEAD' && response.content) return;
    if (!response.content) {
      expect(answer.rawPayload).toHaveLength(0);
      return;
    }
    const documented = mediaType in response.content ? mediaType : '*/*';
    expect(Object.keys(response.content), `${request.method} ${request.url} ${answer.statusCode}`).toContain(
      documented,
    );
    if (!/json/.test(documented)) return;
    const path = `${pointer}/responses/${answer.statusCode}/content/${token(documented)}/schema`;
    conforms(path, answer.json(), `${request.method} ${request.url} ${answer.statusCode}`);
  };

  function conforms(path: string, value: unknown, what: unknown): void {
    const validate = ajv.getSchema(`openapi#${path}`);
    if (!validate) throw new Error(`no schema at ${path}`);
    validate(value);
    expect(validate.errors ?? [], String(what)).toStrictEqual([]);
  }
}

/** The operation of a request, with its JSON pointer; literal paths precede those with parameters. */
function operationOf(document: OpenApiDocument, method: string, url: string): [string, Operation] | undefined {
  const path = url.split('?', 1)[0];
  const matching = Object.keys(document.paths)
    .filter((template) => new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(path))
    .sort((a, b) => a.split('{').length - b.split('{').length);
  for (const template of matching) {
    const operations = document.paths[template];
    // HEAD of a JSON route is not listed separately.
    const name = method === 'HEAD' && !operations.head ? 'get' : method.toLowerCase();
    if (operations[name]) return [`/paths/${token(template)}/${name}`, operations[name]];
  }
  return undefined;
}

function token(text: string): string {
  return encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'));
}
