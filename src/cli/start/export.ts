/** Runs `sluice export`. */
import { addExportCommand } from '../export.js';
import { runProgram } from '../run-program.js';

void runProgram(addExportCommand);
