/** `node duckdb-process.js FILE THREADS`: copies the raw lines of the selection, and prints how many they are. */
import { copyByDuckdb } from './duckdb.js';

const [, , path, threads] = process.argv;
console.log(await copyByDuckdb(path, Number(threads)));
