/** `npm run bench`: every section on this Node, the day's numbers, and the report of them. */
import { runAll } from './run-all.js';
import { writeReport } from './write-report.js';

await runAll();
await writeReport();
