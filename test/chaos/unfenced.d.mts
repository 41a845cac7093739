/** Types of the engine without the fence. */
import type { JobEngine } from '../../src/jobs/engine.js';

export function unfenced(engine: JobEngine): JobEngine;
