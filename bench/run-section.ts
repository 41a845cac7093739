/** The process of one section: measures, and writes the numbers into the folder. */
import { writeFile } from 'node:fs/promises';
import { readInputs } from './input.js';
import { sectionOf } from './sections.js';

const [, , name, folder, resultPath] = process.argv;
await writeFile(resultPath, JSON.stringify(await sectionOf(name, await readInputs(folder))));
