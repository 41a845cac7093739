/** The scanner with the kernel keeps the contract of scanners. */
import { simdScanner } from '../../src/scan/simd.js';
import { scannerCases } from '../cases/scanner.cases.js';

scannerCases('SIMD scanner', (options) => {
  const scanner = simdScanner(options);
  if (!scanner) throw new Error('this machine has no vectors for the kernel');
  return scanner;
});
