/** Flags of the service for routes and trusted proxies are checked before anything is opened. */
import { describe, expect, test } from 'vitest';
import { prefixOf, trustedProxies } from '../../src/cli/service-flags.js';

describe('--prefix', () => {
  test.each([
    ['', ''],
    ['/', ''],
    ['x', '/x'],
    ['/x/', '/x'],
    ['//x/y.z~1//', '/x/y.z~1'],
  ])('%j is normalized to %j', (prefix, path) => {
    expect(prefixOf({ prefix })).toBe(path);
  });

  test.each(['/:x', '/*', '/a?b', '/a#b', 'a b', '/a/../b', '/a//b', '/%2e'])('%j is refused', (prefix) => {
    expect(() => prefixOf({ prefix })).toThrow(expect.objectContaining({ code: 'INVALID' }));
  });
});

describe('--trust-proxy', () => {
  test.each(['127.0.0.1', '10.0.0.0/8, ::1', 'loopback', 'fd00::/8'])('%j is taken', (trustProxy) => {
    expect(trustedProxies({ trustProxy })).toBe(trustProxy);
  });

  test.each(['', 'zz', '10.0.0.0/99', '0.0.0.0/0', '10.0.0.1/8/8', 'true', '1'])('%j is refused', (trustProxy) => {
    expect(() => trustedProxies({ trustProxy })).toThrow(expect.objectContaining({ code: 'INVALID' }));
  });

  test('trusts no proxy by default', () => {
    expect(trustedProxies({})).toBe(false);
  });
});
