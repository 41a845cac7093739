/** The scanner in plain TypeScript fulfils the contract of scanners. */
import { scalarScanner } from '../../src/scan/scalar.js';
import { scannerCases } from '../cases/scanner.cases.js';

scannerCases('scalar scanner', scalarScanner);
