/** Runs the commands that call a service: `sluice submit`, `sluice jobs`, `sluice download`. */
import { addDownloadCommand } from '../download.js';
import { addJobsCommand } from '../jobs.js';
import { runProgram } from '../run-program.js';
import { addSubmitCommand } from '../submit.js';

void runProgram(addSubmitCommand, addJobsCommand, addDownloadCommand);
