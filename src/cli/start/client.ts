/** Runs the commands that call a service: `sluice submit`, `sluice jobs`, `sluice schedules`, `sluice webhooks`, `sluice download`. */
import { addDownloadCommand } from '../download.js';
import { addJobsCommand } from '../jobs.js';
import { runProgram } from '../run-program.js';
import { addSchedulesCommand } from '../schedules.js';
import { addSubmitCommand } from '../submit.js';
import { addWebhooksCommand } from '../webhooks.js';

void runProgram(addSubmitCommand, addJobsCommand, addSchedulesCommand, addWebhooksCommand, addDownloadCommand);
