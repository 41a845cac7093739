/** The process of one section: measures, and writes the numbers into the folder. */
import { writeFile } from 'node:fs/promises';
import { readInputs } from './input.js';
import { SECTION_NAMES, SECTIONS } from './sections.js';

const [, , wanted, folder, resultPath] = process.argv;
const name = SECTION_NAMES.find((one) => one === wanted);
if (!name) throw new Error(`there is no section ${wanted}`);
await writeFile(resultPath, JSON.stringify(await SECTIONS[name](await readInputs(folder))));
