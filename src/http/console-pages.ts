/** The console in a browser: static files, which say nothing about jobs and need no token. */
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SluiceError, systemCode, toSluiceError } from '../terms/errors.js';
import { acceptsGzip } from './accepted-coding.js';
import { consoleFolder } from './console-folder.js';
import type { SignIn } from './oidc/sign-in.js';
import { refuseRoute } from './route-context.js';

/**
 * What the console may load: itself, and nothing else from anywhere; it is shown in no frame.
 * @param issuer the address that it may also call, after a space
 */
function contentSecurityPolicy(issuer = ''): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self'${issuer}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

const HEADERS = {
  'content-security-policy': contentSecurityPolicy(),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  vary: 'accept-encoding',
};

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

const PAGE = 'index.html';

/** A file as it is sent. */
interface Sent {
  readonly type: string;
  readonly plain: Buffer;
  readonly gzipped: Buffer;
}

/**
 * Adds the page at the root of a scope, and its files below `/console`.
 * @param signIn finds the issuer by which people sign in, if there is one
 * @throws SluiceError `NOT_FOUND` if the console has not been built
 */
export async function addConsole(app: FastifyInstance, signIn?: () => Promise<SignIn>): Promise<void> {
  const files = await readFiles();
  const options = { exposeHeadRoute: true, schema: { hide: true } } as const;
  app.get('/', options, async (request, reply) => {
    const [path] = request.url.split('?', 1);
    // The page names its files relative to itself, so that it works behind any proxy.
    if (!path.endsWith('/')) return reply.redirect(`${path.slice(path.lastIndexOf('/') + 1)}/`, 308);
    // While the issuer does not respond, people cannot sign in there; the page is served all the same.
    const issuer = await signIn?.().catch(() => undefined);
    const policy = contentSecurityPolicy(issuer && ` ${new URL(issuer.tokenEndpoint).origin}`);
    return send(request, reply.header('content-security-policy', policy), PAGE, 'no-cache');
  });
  app.get<{ Params: { readonly file: string } }>('/console/:file', options, async (request, reply) => {
    const { file } = request.params;
    if (!files.has(`console/${file}`)) return refuseRoute(request);
    // The name has a hash of the content.
    return send(request, reply, `console/${file}`, 'public, max-age=31536000, immutable');
  });

  function send(request: FastifyRequest, reply: FastifyReply, name: string, cacheControl: string): FastifyReply {
    const file = files.get(name);
    if (file === undefined) throw new Error(`the console has no ${name}`);
    const isGzipped = acceptsGzip(request.headers['accept-encoding']);
    if (isGzipped) reply.header('content-encoding', 'gzip');
    return reply
      .headers({ ...HEADERS, ...reply.getHeaders(), 'cache-control': cacheControl })
      .type(file.type)
      .send(isGzipped ? file.gzipped : file.plain);
  }
}

/** Reads and compresses the files: some hundred kilobytes, once. */
async function readFiles(): Promise<ReadonlyMap<string, Sent>> {
  const folder = consoleFolder();
  try {
    const named = (await readdir(new URL('console/', folder))).map((name) => `console/${name}`);
    const names = [PAGE, ...named].filter((name) => extensionOf(name) in MEDIA_TYPES);
    const entries = names.map(async (name): Promise<[string, Sent]> => {
      const plain = await readFile(new URL(name, folder));
      return [name, { type: MEDIA_TYPES[extensionOf(name)], plain, gzipped: await promisify(gzip)(plain) }];
    });
    return new Map(await Promise.all(entries));
  } catch (cause) {
    if (systemCode(cause) !== 'ENOENT') throw toSluiceError(cause, 'READ_FAILED', 'http');
    throw new SluiceError(
      'NOT_FOUND',
      'http',
      'the files of the console are missing: npm run build makes them in dist/console',
      { cause },
    );
  }
}

function extensionOf(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
