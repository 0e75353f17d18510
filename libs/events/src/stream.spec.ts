import { describe, expect, it } from 'vitest';
import { canNameStream, categories, parseStream, streamName } from './stream.js';

const longest = 'a'.repeat(128);

describe('a stream name', () => {
  it('is tenant, category and id', () => {
    expect(streamName('grant', 'gr_01M8')).toBe('main/grant/gr_01M8');
    expect(streamName('agent', 'ag_-x.Y', 'other')).toBe('other/agent/ag_-x.Y');
  });

  it.each([...categories])('of %s reads back as what it was made of', (category) => {
    expect(parseStream(streamName(category, longest, 'other'))).toEqual({ tenant: 'other', category, id: longest });
  });

  // Each of these in an id could make two streams share a name, or one stream have two (S-127).
  const separators = ['/', ':', '|', '___ ', '@@', '\0', ' ', '\n', '\t', '%2F', '\\', '\u2215', 'é', "'", '"', '*', '~'];
  it.each(separators.map((separator) => [JSON.stringify(separator), separator] as const))(
    'takes no id or tenant with %s (S-127)',
    (_shown, separator) => {
      const id = `ag_1${separator}x`;
      expect(() => streamName('agent', id)).toThrow(RangeError);
      expect(() => streamName('agent', 'ag_1', id)).toThrow(RangeError);
      expect(() => parseStream(`main/agent/${id}`)).toThrow(RangeError);
      expect(() => parseStream(`${id}/agent/ag_1`)).toThrow(RangeError);
      expect(canNameStream(id)).toBe(false);
    },
  );

  it.each([
    ['empty', ''],
    ['longer than 128', `${longest}a`],
    ['ended by a line feed', 'ag_1\n'],
  ])('takes no id that is %s', (_what, id) => {
    expect(() => streamName('agent', id)).toThrow(RangeError);
    expect(() => parseStream(`main/agent/${id}`)).toThrow(RangeError);
    expect(canNameStream(id)).toBe(false);
  });

  it.each([
    '',
    'main',
    'main/agent',
    'main/agent/',
    '/agent/ag_1',
    'main//ag_1',
    'main/letter/ag_1',
    'main/toString/ag_1',
    'main/agent/ag_1/',
    'main/agent/ag_1/x',
  ])('is not %j', (text) => {
    expect(() => parseStream(text)).toThrow(RangeError);
  });

  it('never puts a value into its errors', () => {
    expect(() => streamName('agent', 'canary/value')).toThrow(/^(?!.*canary)/);
    expect(() => parseStream('canary/value')).toThrow(/^(?!.*canary)/);
  });

  it('can be asked about foreign input without throwing', () => {
    expect(canNameStream('ag_2tmN6G3mfVXdswjBNUAVVw')).toBe(true);
    expect(canNameStream(longest)).toBe(true);
  });
});
