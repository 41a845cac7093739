/** The order of a result is accepted from the documented body and from the library's form. */
import { describe, expect, test } from 'vitest';
import { acceptRequest } from '../../../src/request/accept/accept-request.js';
import { refusal } from './refusal.js';

/** The smallest complete body. */
const TYPED = { query: { filters: { typesCriterion: ['product'] } } };

describe('the documented sort', () => {
  const accepted = (sort: unknown) => acceptRequest({ params: { ...TYPED, sort } }).sort;
  const at = 'params.sort';

  test('has keys in the order of the body, compared as text by default', () => {
    const sort = {
      properties: [{ createdDate: '_DESC', sortType: '_DATETIME' }],
      attributes: [{ mdmid: '_asc' }, { size: '_ASC', color: '_DESC', sortType: '_decimal' }],
    };
    expect(accepted(sort)).toStrictEqual([
      { property: 'createdDate', order: 'desc', type: '_DATETIME' },
      { attribute: 'mdmid', order: 'asc', type: '_STRING' },
      { attribute: 'size', order: 'asc', type: '_DECIMAL' },
      { attribute: 'color', order: 'desc', type: '_DECIMAL' },
    ]);
  });

  test('without keys is none', () => {
    expect(accepted({ attributes: [] })).toBeUndefined();
  });

  test.each<[unknown, string, string]>([
    [[], 'INVALID', at],
    [{ attribute: [] }, 'UNKNOWN_KEY', `${at}.attribute`],
    [{ attributes: [{ sortType: '_STRING' }] }, 'INVALID', `${at}.attributes[0]`],
    [{ attributes: [{ a: 'up' }] }, 'INVALID', `${at}.attributes[0].a`],
    [{ properties: [{ a: '_ASC', sortType: '_TEXT' }] }, 'INVALID', `${at}.properties[0].sortType`],
  ])('%j is refused', (sort, code, path) => {
    expect(refusal({ params: { ...TYPED, sort } })).toMatchObject({ code, path });
  });
});

describe('sort in the library form', () => {
  const accepted = (sort: unknown) => acceptRequest({ sort }).sort;

  test.each<[unknown, object[]]>([
    ['price.amount', [{ field: 'price.amount' }]],
    [' price.amount  DESC ', [{ field: 'price.amount', order: 'desc' }]],
    [
      ['a asc number', 'b date', '/c d'.replace(' ', '\\ ')],
      [{ field: 'a', order: 'asc', type: '_DECIMAL' }, { field: 'b', type: '_DATE' }, { field: '/c\\ d' }],
    ],
    [{ attribute: 'color', type: '_string' }, [{ attribute: 'color', type: '_STRING' }]],
    [
      [{ property: 'createdDate', order: 'DESC' }, 'id'],
      [{ property: 'createdDate', order: 'desc' }, { field: 'id' }],
    ],
  ])('%j', (sort, keys) => {
    expect(accepted(sort)).toStrictEqual(keys);
    expect(accepted(keys)).toStrictEqual(keys);
  });

  test.each<[unknown, string, string]>([
    ['', 'INVALID', 'sort'],
    ['a upwards', 'INVALID', 'sort'],
    ['a desc asc', 'INVALID', 'sort'],
    [[{ field: 'a..b' }], 'INVALID', 'sort[0].field'],
    [{}, 'INVALID', 'sort'],
    [{ field: 'a', attribute: 'b' }, 'INVALID', 'sort'],
    [{ field: 'a', direction: 'asc' }, 'UNKNOWN_KEY', 'sort.direction'],
    [{ field: '' }, 'INVALID', 'sort.field'],
    [5, 'INVALID', 'sort'],
    [Array.from({ length: 101 }, () => 'a'), 'INVALID', 'sort'],
  ])('%j is refused', (sort, code, path) => {
    expect(refusal({ sort })).toMatchObject({ code, path });
  });
});
