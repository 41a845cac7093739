/** The program of a thread that scans sections. */
import { parentPort } from 'node:worker_threads';
import { serveSections } from './serve-sections.js';

if (parentPort) serveSections(parentPort);
