/** `npm run bench`: runs every section on this Node, and writes the results and their report. */
import { runAll } from './run-all.js';
import { writeReport } from './write-report.js';

await runAll();
await writeReport();
