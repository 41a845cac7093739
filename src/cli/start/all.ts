/** Runs `sluice completion`, which needs all commands, and `sluice serve` and `sluice work`, which load most of them anyway. */
import { ALL_COMMANDS } from '../all-commands.js';
import { runProgram } from '../run-program.js';

void runProgram(...ALL_COMMANDS);
