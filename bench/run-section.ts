/** The process of one section: measures, and writes the numbers into the folder. */
import { writeFile } from 'node:fs/promises';
import { readInputs } from './input.js';
import { SECTION_NAMES, SECTIONS } from './sections.js';

const [, , asked, folder, answer] = process.argv;
const name = SECTION_NAMES.find((one) => one === asked);
if (!name) throw new Error(`there is no section ${asked}`);
await writeFile(answer, JSON.stringify(await SECTIONS[name](await readInputs(folder))));
