// Tests of what the console computes without a browser. tests/console/web_modules_test.cpp runs
// them.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import test from 'node:test';

// The console's modules have no package.json beside them that makes Node take them as modules.
function load(name) {
  const source = readFileSync(new URL(`../../../lib/console/web/${name}`, import.meta.url));
  return import(`data:text/javascript;base64,${source.toString('base64')}`);
}

const {History, quantile, rate} = await load('figures.js');
const {attention, thresholds} = await load('attention.js');
const {findScreen, maySee} = await load('screens.js');
const {isRedisOff, viewState} = await load('view_state.js');

const start = Date.parse('2026-01-01T00:00:00Z');

function sample(second, change = {}) {
  const {errors = 0, counts = [0, 0, 0], requests = counts.at(-1), startedAt = 'first', ...more} = change;
  return {
    at: new Date(start + second * 1000).toISOString(), started_at: startedAt,
    process: {cpu_seconds: 0, resident_bytes: 1},
    http: {requests, errors, refused: 0,
      buckets: [.1, .2, null].map((le, index) => ({le, count: counts[index]}))},
    cache: {hits: 0, stale: 0, misses: 0, recomputes: 0},
    feed: {ready: true, index_bytes: 1}, events: {lag_seconds: 0, backlog: 0, dead: 0},
    views: {pending: 0, last_flush_age_seconds: 1}, dependencies: [], ...more,
  };
}

const requests = each => each.http.requests;

test('a rate is the increase divided by the time of the server', () => {
  assert.equal(rate(sample(0), sample(2, {requests: 50}), requests), 25);
});

test('a rate across a restart of serve is not known, and never negative', () => {
  const before = sample(0, {requests: 100});
  assert.equal(rate(before, sample(1, {requests: 3}), requests), null);
  assert.equal(rate(before, sample(1, {requests: 300, startedAt: 'second'}), requests), null);
});

test('a rate of no time is not known', () => {
  assert.equal(rate(sample(1), sample(1, {requests: 5}), requests), null);
});

test('a quantile is linear within its bucket', () => {
  const after = sample(1, {counts: [50, 100, 100]});
  assert.equal(quantile(sample(0), after, .5), .1);
  assert.ok(Math.abs(quantile(sample(0), after, .75) - .15) < 1e-9);
});

test('a quantile counts only what came between the samples', () => {
  const before = sample(0, {counts: [1000, 1000, 1000]});
  const after = sample(1, {counts: [1000, 1010, 1010]});
  assert.ok(quantile(before, after, .5) > .1);
});

test('a quantile beyond the last bound is that bound', () => {
  assert.equal(quantile(sample(0), sample(1, {counts: [0, 0, 7]}), .99), .2);
});

test('a quantile needs no bucket without a bound', () => {
  const finite = (second, counts, requests) => {
    const each = sample(second, {counts: [...counts, 0], requests});
    each.http.buckets.pop();
    return each;
  };
  assert.equal(quantile(finite(0, [0, 0], 0), finite(1, [10, 10], 20), .99), .2);
  assert.equal(quantile(finite(0, [0, 0], 0), finite(1, [10, 10], 20), .5), .1);
});

test('a quantile of nothing, or across a restart, is not known', () => {
  assert.equal(quantile(sample(0), sample(1), .5), null);
  const before = sample(0, {counts: [9, 9, 9]});
  assert.equal(quantile(before, sample(1, {counts: [1, 1, 1]}), .5), null);
});

test('the history holds five minutes', () => {
  const history = new History();
  for (let second = 0; second <= 400; ++second) history.add(sample(second));
  assert.equal(history.points.length, 300);
});

test('a pause leaves a gap, and the rate after it is the mean of the pause', () => {
  const history = new History();
  history.add(sample(0));
  history.add(sample(1, {requests: 10}));
  history.add(sample(61, {requests: 610}));
  assert.deepEqual(history.column('requests'), [10, null, 10]);
});

test('a mean leaves out what is not known', () => {
  const history = new History();
  for (const [second, count] of [[0, 100], [1, 110], [2, 0], [3, 30]])
    history.add(sample(second, {requests: count}));
  assert.equal(history.mean('requests', 60), 20);
  assert.ok(Number.isNaN(history.mean('hitRatio', 60)));
});

test('a quiet server needs no attention', () => {
  const history = new History();
  history.add(sample(0));
  history.add(sample(1, {requests: 100}));
  assert.deepEqual(attention(sample(1), history), []);
  assert.deepEqual(attention(sample(1), new History()), []);
});

const textsOf = (change, history = new History()) =>
  attention(sample(1, change), history).map(each => each.text).join('\n');

test('each condition of an operator has its sentence', () => {
  assert.match(textsOf({dependencies: [{name: 'redis', state: 'down', detail: 'refused'}]}),
    /Redis is down: refused\./);
  assert.match(textsOf({events: {lag_seconds: 11, backlog: 0, dead: 0}}), /longer than 10 s/);
  assert.match(textsOf({events: {lag_seconds: 0, backlog: 0, dead: 1}}), /dead events/);
  assert.match(textsOf({views: {pending: 5, last_flush_age_seconds: 121}}), /flush-views/);
  assert.match(textsOf({feed: {ready: false}}), /index is not ready/);
});

test('failing requests need attention from one in a hundred on', () => {
  const failing = new History();
  failing.add(sample(0));
  failing.add(sample(1, {requests: 100, errors: 2}));
  assert.match(textsOf({}, failing), /1 in 100/);
  const few = new History();
  few.add(sample(0));
  few.add(sample(1, {requests: 1000, errors: 2}));
  assert.equal(textsOf({}, few), '');
});

test('the texts have no figure that changes while the state stays', () => {
  const dead = count => textsOf({events: {lag_seconds: 0, backlog: 0, dead: count}});
  assert.equal(dead(1), dead(2));
  assert.ok(thresholds.length > 5);
});

test('a path finds its screen, with or without a slash at the end', () => {
  assert.equal(findScreen('/admin').screen.title, 'Dashboard');
  assert.equal(findScreen('/admin/users/').screen.title, 'Users');
  assert.deepEqual(findScreen('/admin/users/42').params, {id: '42'});
  assert.equal(findScreen('/admin/pages/new').screen.title, 'New page');
  assert.equal(findScreen('/admin/none'), null);
});

test('editors see contents, and nobody else than admins the users', () => {
  const {screen} = findScreen('/admin/users');
  assert.equal(maySee({role: 'admin'}, screen), true);
  assert.equal(maySee({role: 'editor'}, screen), false);
  assert.equal(maySee({role: 'editor'}, findScreen('/admin/pages').screen), true);
  assert.equal(maySee({role: 'user'}, findScreen('/admin/pages').screen), false);
});

test('the view counters say whether Redis is not configured or does not answer', () => {
  const of = (views, state) => {
    const dependencies = [{name: 'postgresql', state: 'up'}, {name: 'redis', state}];
    return sample(0, {views: {last_flush_age_seconds: 1, ...views}, dependencies});
  };
  const off = of({pending: null}, 'off'), down = of({pending: null}, 'down');
  assert.ok(isRedisOff(off) && !isRedisOff(down));
  assert.match(viewState(off).text, /not configured/);
  assert.equal(viewState(off).kind, 'ok');
  assert.match(viewState(down).text, /is Redis up/);
  assert.equal(viewState(of({pending: 0}, 'up')).text, 'as it should be');
  assert.equal(viewState(of({pending: 3, last_flush_age_seconds: 121}, 'up')).kind, 'warn');
});
