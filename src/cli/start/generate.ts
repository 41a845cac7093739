/** Runs `sluice generate`. */
import { addGenerateCommand } from '../generate.js';
import { runProgram } from '../run-program.js';

void runProgram(addGenerateCommand);
