/** All commands, in the order of help. */
import { addCompletionCommand } from './completion.js';
import { addDownloadCommand } from './download.js';
import { addExportCommand } from './export.js';
import { addGenerateCommand } from './generate.js';
import { addInspectCommand } from './inspect.js';
import { addJobsCommand } from './jobs.js';
import type { AddCommand } from './program.js';
import { addSchedulesCommand } from './schedules.js';
import { addServeCommand } from './serve.js';
import { addSubmitCommand } from './submit.js';
import { addUnwrapCommand } from './unwrap.js';
import { addVerifyCommand } from './verify.js';
import { addWebhooksCommand } from './webhooks.js';
import { addWorkCommand } from './work.js';

export const ALL_COMMANDS: readonly AddCommand[] = [
  addExportCommand,
  addUnwrapCommand,
  addVerifyCommand,
  addInspectCommand,
  addGenerateCommand,
  addServeCommand,
  addWorkCommand,
  addSubmitCommand,
  addJobsCommand,
  addSchedulesCommand,
  addWebhooksCommand,
  addDownloadCommand,
  addCompletionCommand,
];
