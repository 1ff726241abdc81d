// Tests of the session of a tab, without a browser: the order of sign-ins, renewals and sign-outs,
// and what a page that is left keeps.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import test from 'node:test';

const user = {id: 1, handle: 'ada', name: 'Ada', role: 'admin'};
const tokens = {access_token: 'access', expires_in: 600, user, csrf_token: 'csrf'};

const textOf = name =>
  readFileSync(new URL(`../../../lib/console/web/${name}`, import.meta.url), 'utf8');
const toUrl = source => `data:text/javascript;base64,${Buffer.from(source).toString('base64')}`;

let count = 0;

const routerStub = `
  export const go = async () => {};
  export const confirmLeave = async () => globalThis.tab.mayLeave;`;

// A module of its own for each tab.
const importSession = () => import(toUrl(textOf('session.js')
  .replace('./connection.js', toUrl(textOf('connection.js')))
  .replace('./router.js', toUrl(routerStub)) + `// ${++count}`));

function makeStorage(items) {
  const map = new Map(Object.entries(items));
  return {getItem: key => map.get(key) ?? null, setItem: (key, text) => map.set(key, text),
    removeItem: key => map.delete(key)};
}

function makeLocks(log) {
  let last = Promise.resolve();
  return {request: (name, run) => {
    log.push(`lock ${name}`);
    last = last.then(() => run());
    return last;
  }};
}

// The browser around one tab. `answers`: path and method to the JSON of the server.
async function openTab({hash = '', answers, storage = {}}) {
  const log = [];
  const tab = {log, answers, mayLeave: true, listeners: {}, left: null};
  const define = (name, value) =>
    Object.defineProperty(globalThis, name, {value, configurable: true, writable: true});
  define('tab', tab);
  define('window', {});
  define('navigator', {locks: makeLocks(log)});
  define('sessionStorage', makeStorage(storage));
  define('addEventListener', (type, listener) => { tab.listeners[type] = listener; });
  define('fetch', async (path, {method = 'GET'} = {}) => {
    log.push(`${method} ${path}`);
    const answer = tab.answers[`${method} ${path}`];
    return new Response(answer && JSON.stringify(answer), {status: answer ? 200 : 204,
      headers: {'Content-Type': 'application/json'}});
  });
  tab.session = await importSession();
  define('location', {hash, pathname: '/admin/users', search: '',
    assign: path => { log.push(`leave for ${path}`); tab.left = tab.session.getSession(); }});
  return tab;
}

const signedIn = {
  'GET /admin/session': {signed_in: true, user, csrf_token: 'csrf'},
  'POST /admin/session/refresh': tokens,
};

test('a sign-in waits for tabs that renew, and its verifier is used once', async () => {
  const tab = await openTab({hash: '#login_code=code', storage: {verifier: 'secret'},
    answers: {'POST /admin/session': tokens}});
  await tab.session.start();
  assert.deepEqual(tab.log, ['lock feedctl-renew', 'POST /admin/session']);
  assert.equal(tab.session.getSession().phase, 'in');
  assert.equal(sessionStorage.getItem('verifier'), null);
});

test('a sign-out waits for tabs that renew, and clears the screen before it leaves', async () => {
  const tab = await openTab({answers: signedIn});
  await tab.session.start();
  tab.log.length = 0;
  await tab.session.signOut();
  assert.deepEqual(tab.log.slice(-3),
    ['lock feedctl-renew', 'DELETE /admin/session', 'leave for /admin/']);
  assert.equal(tab.left.user, null);
  assert.notEqual(tab.left.phase, 'in');
});

test('a sign-out asks for unsaved work before it ends the session', async () => {
  const tab = await openTab({answers: signedIn});
  await tab.session.start();
  tab.log.length = 0;
  tab.mayLeave = false;
  await tab.session.signOut();
  assert.deepEqual(tab.log, []);
  assert.equal(tab.session.getSession().phase, 'in');
});

test('a page that Back brings again asks whether its session goes on', async () => {
  const tab = await openTab({answers: signedIn});
  await tab.session.start();
  tab.answers = {'GET /admin/session': {signed_in: false, providers: []}};
  const ended = new Promise(resolve => tab.session.onSession(({phase}) => resolve(phase)));
  tab.listeners.pageshow?.({persisted: false});
  tab.listeners.pageshow?.({persisted: true});
  assert.equal(await ended, 'expired');
});
