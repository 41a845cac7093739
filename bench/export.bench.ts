/** A complete export against alternatives: select products, wrap them, count the output. */
import { fused, oneCall } from './forms.js';
import type { InputFile, Inputs } from './input.js';
import { OURS, PEERS } from './names.js';
import { commandVersion, jq } from './peers/commands.js';
import { duckdb } from './peers/duckdb.js';
import { LONGEST_STRING_BYTES, parseWhole, readlineParse, splitParse, splitParseSlice } from './peers/json-parse.js';
import {
  streamChainLines,
  streamJsonByHand,
  streamJsonDocument,
  streamJsonDocumentTuned,
  streamJsonLines,
  streamJsonLinesTuned,
} from './peers/stream-json.js';
import { streamParserDocument, streamParserLines } from './peers/stream-parser.js';
import { type Contender, proven } from './race.js';
import { raceSection, restringifying, type Section, wrapping } from './section.js';

/** Measures a file of lines. */
export async function benchLines({ folder, lines, linesSmall }: Inputs): Promise<Section> {
  const commands = await commandContenders(linesSmall);
  return raceSection(
    [
      ...(await ourContenders(lines)),
      wrapping(PEERS.splitSlices, lines, splitParseSlice),
      restringifying(PEERS.split, lines, splitParse),
      restringifying(PEERS.readline, lines, readlineParse),
      restringifying(PEERS.streamChain, lines, streamChainLines),
      restringifying(PEERS.streamJson, linesSmall, streamJsonLines),
      restringifying(PEERS.streamJsonTuned, linesSmall, streamJsonLinesTuned),
      restringifying(PEERS.streamParser, linesSmall, streamParserLines),
      await duckdb(PEERS.duckdb, lines, folder),
      ...commands.contenders,
    ],
    commands.skipped,
  );
}

/** Measures one document. */
export async function benchDocument({ document, documentSmall }: Inputs): Promise<Section> {
  const commands = await commandContenders(documentSmall);
  return raceSection(
    [
      ...(await ourContenders(document)),
      restringifying(PEERS.whole, document.bytes < LONGEST_STRING_BYTES ? document : documentSmall, parseWhole),
      restringifying(PEERS.streamJson, documentSmall, streamJsonDocument),
      restringifying(PEERS.streamJsonTuned, documentSmall, streamJsonDocumentTuned),
      restringifying(PEERS.streamJsonByHand, documentSmall, streamJsonByHand),
      restringifying(PEERS.streamParser, documentSmall, streamParserDocument),
      ...commands.contenders,
    ],
    [...commands.skipped, `${PEERS.duckdb}: it reads a document as one object, completely in memory`],
  );
}

async function ourContenders(file: InputFile): Promise<readonly Contender[]> {
  return [
    wrapping(OURS.checked, file, (path) => fused(path, { trust: false })),
    wrapping(OURS.trusted, file, (path) => fused(path, { trust: true })),
    await oneCallContender(file),
  ];
}

/** `exportEntities` with the platform's request, which also zips; no contender does that, so it is not compared. */
function oneCallContender({ path, bytes, wanted }: InputFile): Promise<Contender> {
  const work = () => oneCall(path, { pack: 'envelope' });
  return proven({ name: OURS.oneCall, inputBytes: bytes, work }, ({ entities }) => {
    if (entities !== wanted.entities) throw new Error(`${OURS.oneCall}: ${entities} entities`);
  });
}

async function commandContenders(
  file: InputFile,
): Promise<{ readonly contenders: readonly Contender[]; readonly skipped: readonly string[] }> {
  const contenders: Contender[] = [];
  const skipped: string[] = [];
  for (const command of ['jq', 'gojq'] as const) {
    if (commandVersion(command) === undefined) skipped.push(`${command}: not installed`);
    else contenders.push(await jq(PEERS[command], command, file));
  }
  return { contenders, skipped };
}
