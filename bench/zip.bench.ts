/** Deflate of the selected document: sluice's zip stage, yazl alone, and pigz. */
import { gunzipSync } from 'node:zlib';
import { fromBuffer, type ZipFile } from 'yauzl';
import { newRun } from '../src/export/create-run.js';
import { catalog } from '../src/generate/catalog.js';
import { zipStage } from '../src/pack/zip.js';
import { SEED } from './input.js';
import { ZIP } from './names.js';
import { commandVersion } from './peers/commands.js';
import { type Deflater, pigz, yazl } from './peers/deflaters.js';
import { type Contender, proven } from './race.js';
import { raceSection, type Section } from './section.js';
import { ODD_MEGABYTES } from './settings.js';

/** The share of a catalog that the usual selection keeps. */
const SELECTED_SHARE = 0.3;

/** Bytes of a chunk, about as large as those of the encoder. */
const CHUNK_BYTES = 512 * 1024;

const LEVELS = [1, 6];

/** Measures a document in memory, at common levels. */
export async function benchZip(): Promise<Section> {
  const { bytes } = catalog({ seed: SEED, form: 'document', bytes: SELECTED_SHARE * ODD_MEGABYTES * 1_000_000 });
  const chunks = Array.from({ length: Math.ceil(bytes.length / CHUNK_BYTES) }, (_, index) =>
    bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES),
  );
  const hasPigz = commandVersion('pigz') !== undefined;
  const contenders: Contender[] = [];
  const facts: Record<string, number> = { documentBytes: bytes.length };
  for (const level of LEVELS) {
    const deflaters: readonly (readonly [string, Deflater, Unpack])[] = [
      [ZIP.ours(level), ours(level), unzip],
      [ZIP.yazl(level), yazl(level), unzip],
      ...(hasPigz ? [[ZIP.pigz(level), pigz(level), async (packed: Buffer) => gunzipSync(packed)] as const] : []),
    ];
    for (const [name, deflater, unpack] of deflaters) {
      const packed = await collect(deflater, chunks);
      if (!(await unpack(packed)).equals(bytes)) throw new Error(`${name}: unpacking does not restore the input`);
      facts[`bytes of ${name}`] = packed.length;
      contenders.push(await deflating(name, deflater, chunks, bytes.length));
    }
  }
  return raceSection(contenders, hasPigz ? [] : ['pigz: not installed'], facts);
}

type Unpack = (packed: Buffer) => Promise<Buffer>;

/** Sluice's stage, called as in an export, with its default threads. */
function ours(level: number): Deflater {
  return async (chunks, use) => {
    const run = newRun();
    const stage = zipStage({ name: 'catalog.json', level });
    for (const chunk of chunks) for (const packed of await stage.push(chunk, run)) use(packed);
    for (const packed of await stage.flush(run)) use(packed);
    await stage.close?.();
  };
}

function deflating(name: string, deflate: Deflater, chunks: readonly Buffer[], inputBytes: number): Promise<Contender> {
  const work = async () => {
    let bytes = 0;
    await deflate(chunks, (chunk) => {
      bytes += chunk.length;
    });
    return { entities: 0, bytes };
  };
  return proven({ name, inputBytes, work }, () => {});
}

async function collect(deflate: Deflater, chunks: readonly Buffer[]): Promise<Buffer> {
  const packed: Buffer[] = [];
  await deflate(chunks, (chunk) => packed.push(Buffer.from(chunk)));
  return Buffer.concat(packed);
}

/** The only file of an archive. */
async function unzip(packed: Buffer): Promise<Buffer> {
  const archive = await new Promise<ZipFile>((resolve, reject) => {
    fromBuffer(packed, { lazyEntries: true }, (error, opened) => (error ? reject(error) : resolve(opened)));
  });
  return new Promise<Buffer>((resolve, reject) => {
    archive.once('error', reject);
    archive.once('entry', (entry) => {
      archive.openReadStream(entry, (error, stream) => {
        if (error) return reject(error);
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.once('error', reject);
        stream.once('end', () => resolve(Buffer.concat(chunks)));
      });
    });
    archive.readEntry();
  });
}
