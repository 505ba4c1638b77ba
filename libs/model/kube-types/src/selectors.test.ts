import { describe, expect, test } from '@jest/globals';
import { matchesFields, parseFieldSelector } from './field-selector.ts';
import { formatLabelSelector, matchesLabels, parseLabelSelector, selectorFromObject } from './label-selector.ts';

const labels = { app: 'web', tier: 'front', 'prow.k8s.io/type': 'presubmit', n: '5', blank: '' };

describe('label selectors', () => {
  test.each([
    ['', true], ['app', true], ['!app', false], ['other', false], ['!other', true], ['app=web', true], ['app==web', true],
    ['app!=web', false], ['other!=web', true], ['app in (api, web)', true], ['app notin (api,web)', false],
    ['other notin (x)', true], ['app=web,tier=back', false], ['app=web, tier = front', true], ['n>4', true], ['n>5', false],
    ['n<6', true], ['app>1', false], ['blank=', true], ['blank in (,x)', true], ['app=', false], ['in=x', false],
    ['prow.k8s.io/type=presubmit,!prow.k8s.io/id', true], ['toString', false], ['x in (a),app in (web)', false],
  ])('%j on the labels: %s', (text, matches) => {
    expect(matchesLabels(parseLabelSelector(text), labels)).toBe(matches);
  });

  test.each([
    ['a,', 'identifier'], ['a b', "'in', 'notin'"], ['a in', "'('"], ['a in (b', "',' or ')'"], ['=x', 'identifier'], ['!', 'identifier'],
    ['a>b', 'integer'], ['-a=b', 'invalid label key'], ['a=-b', 'invalid label value'], ['a=b c', "',' or 'end of string'"], ['a/b/c', 'invalid label key'],
  ])('%j is refused and says why', (text, part) => {
    expect(() => parseLabelSelector(text)).toThrow(part);
  });

  test('round trip and objects', () => {
    expect(formatLabelSelector(parseLabelSelector('z,a in (y,x),!b,c!=d,n>3'))).toBe('a in (x,y),!b,c!=d,n>3,z');
    const selector = selectorFromObject({ matchLabels: { app: 'web' }, matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['back'] }] });
    expect(selector !== undefined && matchesLabels(selector, labels)).toBe(true);
    expect(selectorFromObject(undefined)).toBeUndefined();
    expect(() => selectorFromObject({ matchExpressions: [{ key: 'a', operator: 'In', values: [] }] })).toThrow("can't be empty");
  });
});

describe('field selectors', () => {
  test('match and escape', () => {
    const selector = parseFieldSelector('metadata.name=a\\,b,status.phase!=Running');
    expect(matchesFields(selector, (field) => (field === 'metadata.name' ? 'a,b' : undefined))).toBe(true);
    expect(matchesFields(selector, (field) => (field === 'metadata.name' ? 'a,b' : 'Running'))).toBe(false);
    expect(parseFieldSelector('')).toEqual([]);
  });

  test.each(['a', 'a=b=c', 'a=\\x'])('%j is refused', (text) => {
    expect(() => parseFieldSelector(text)).toThrow('field selector');
  });
});
