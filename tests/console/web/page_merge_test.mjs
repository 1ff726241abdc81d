// Tests of how the changes of two editors of a page are told and merged.
// tests/console/web_modules_test.cpp runs them.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import test from 'node:test';

// The console's modules have no package.json beside them that makes Node take them as modules.
const source = readFileSync(
  new URL('../../../lib/console/web/screens/page_merge.js', import.meta.url));
const {changesOf, freshKey, fromAnswer, hasChanges, keysOf, merge, sentencesOf} =
  await import(`data:text/javascript;base64,${source.toString('base64')}`);

const page = (values, {title = 'Bread', state = 'draft'} = {}) => fromAnswer({
  title, state, contents: values.map(value => ({content: {value, title: value}})),
});
const abc = ['a', 'b', 'c'];
const shown = merged => merged.items.map(item => item.content.value).join('');

test('each place of a repeated content has a key of its own', () => {
  assert.deepEqual(keysOf(page(['a', 'a', 'b'])), ['a#1', 'a#2', 'b#1']);
  assert.equal(freshKey('a', new Set(['a#1', 'a#2'])), 'a#3');
});

test('a page compared with itself has no changes', () => {
  assert.equal(hasChanges(changesOf(page(['a', 'b']), page(['a', 'b']))), false);
});

test('one content that moves is the only one reported as moved', () => {
  const {moved, added, removed} = changesOf(page(['a', 'b', 'c', 'd']), page(['d', 'a', 'b', 'c']));
  assert.deepEqual(moved.map(({item, place}) => [item.content.value, place]), [['d', 1]]);
  assert.equal(added.length + removed.length, 0);
});

test('changes are told in words', () => {
  const theirs = page(['c', 'a'], {title: 'Rye', state: 'published'});
  assert.deepEqual(sentencesOf(page(['a', 'b']), theirs), [
    'changed the title from “Bread” to “Rye”',
    'made it published (it was a draft)',
    'added “c” at place 1',
    'removed “b”',
  ]);
});

test('changes to different members are all kept', () => {
  const merged = merge(page(['a']), page(['a'], {title: 'Rye'}), page(['a'], {state: 'published'}));
  assert.equal(merged.title, 'Rye');
  assert.equal(merged.state, 'published');
});

test('mine stays where both changed the title', () => {
  const merged = merge(page([]), page([], {title: 'Rye'}), page([], {title: 'Oats'}));
  assert.equal(merged.title, 'Oats');
});

test('what either editor added is on the page after its neighbour', () => {
  const merged = merge(page(['a', 'b']), page(['a', 'x', 'b']), page(['a', 'b', 'y']));
  assert.equal(shown(merged), 'axby');
});

test('what both editors added is on the page once', () => {
  assert.equal(shown(merge(page(['a']), page(['a', 'x']), page(['x', 'a']))), 'ax');
});

test('what either editor removed is gone', () => {
  assert.equal(shown(merge(page(abc), page(['a', 'c']), page(['a', 'b']))), 'a');
});

test('my order stays and theirs is added to it', () => {
  assert.equal(shown(merge(page(abc), page([...abc, 'x']), page(['c', 'b', 'a']))),
    'cxba');
});

test('their order stays where I moved nothing', () => {
  assert.equal(shown(merge(page(abc), page(['c', 'b', 'a']), page([...abc, 'y']))),
    'cyba');
});

test('an addition whose neighbours are all gone goes first', () => {
  assert.equal(shown(merge(page(['a', 'b']), page(['b']), page(['a', 'y', 'b']))), 'yb');
});
