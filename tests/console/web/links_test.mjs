// Tests of which addresses of contents become links.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import test from 'node:test';

const read = name =>
  readFileSync(new URL(`../../../lib/console/web/${name}`, import.meta.url), 'utf8');
const {isLink} = await import(`data:text/javascript,${encodeURIComponent(read('links.js'))}`);

test('addresses of the web and paths of this host are links', () => {
  for (const text of ['https://a.example/v.mp4', 'HTTP://a.example', '/media/v.mp4', '/'])
    assert.ok(isLink(text), text);
});

test('anything else stays a text', () => {
  for (const text of ['javascript:alert(1)', ' javascript:alert(1)', 'java\nscript:alert(1)',
    'data:text/html,x', '//evil.example', '/\\evil.example', 'https:///x', 'x', ''])
    assert.ok(!isLink(text), text);
});

test('a content shows an address as a link only where it is one', () => {
  assert.match(read('screens/page_contents.js'), /kind !== 'url' \|\| !isLink\(/);
});
