/** Runs the program without a command: its help, its version, and its faults. */
import { runProgram } from '../run-program.js';

void runProgram();
