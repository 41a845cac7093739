/** Runs the commands that read results and inputs: `sluice unwrap`, `sluice verify`, `sluice inspect`. */
import { addInspectCommand } from '../inspect.js';
import { runProgram } from '../run-program.js';
import { addUnwrapCommand } from '../unwrap.js';
import { addVerifyCommand } from '../verify.js';

void runProgram(addUnwrapCommand, addVerifyCommand, addInspectCommand);
