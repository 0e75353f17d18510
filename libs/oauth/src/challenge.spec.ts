import { describe, expect, it } from 'vitest';
import { challenge, publicText } from './challenge.js';
import { limits } from './limits.js';

describe('text that anybody may read', () => {
  it('is cut where a description ends, after what may not leave was dropped', () => {
    expect(publicText(`"\\\r\n${'x'.repeat(300)}`)).toBe('x'.repeat(limits.errorDescriptionChars));
  });
});

describe('a challenge', () => {
  it('is the scheme alone when it has nothing to say', () => {
    expect(challenge('Basic', { error: undefined, scope: '' })).toBe('Basic');
    expect(challenge('DPoP', { realm: 'a"b', error: undefined })).toBe('DPoP realm="ab"');
  });
});
