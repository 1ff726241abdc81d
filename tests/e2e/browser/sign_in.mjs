// A person's sign-in in a real browser, at each provider, and what becomes of the tokens.
// usage: node sign_in.mjs '{"chromium": FILE, "server": URL, "providers": [NAME], "screenshots": DIR}'
// Prints a line for each provider; ends with 1, a reason and a screenshot where something is wrong.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import http from 'node:http';
import path from 'node:path';
import { chromium } from 'playwright-core';

const options = JSON.parse(process.argv[2]);
const patience = 120_000;  // machines may be very busy
const password = 'secret';

const screenshot = (page, name) =>
  page.screenshot({ path: path.join(options.screenshots, `${name}.png`), fullPage: true });

// Fills in the provider's forms, one after the other, until the browser is at `goal`.
async function passForms(page, name, goal) {
  for (let count = 0; !page.url().startsWith(goal); ++count) {
    assert.ok(count < 5, `too many forms, the last one at ${page.url()}`);
    const text = page.locator('input:not([type=hidden]):not([type=password]):not([type=submit])');
    const hasText = await text.count() > 0;
    if (hasText) await text.first().fill(name);
    const secret = page.locator('input[type=password]');
    if (await secret.count() > 0) await secret.first().fill(password);
    const form = hasText ? page.locator('form', { has: text }).first() : page.locator('form').first();
    await Promise.all([
      page.waitForNavigation(),
      form.locator('button, input[type=submit]').first().click(),
    ]);
  }
}

// From the page itself, as a script of the site would.
const call = (page, method, target, { token, body } = {}) => page.evaluate(
  async ([method, target, token, body]) => {
    const headers = {};
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body) headers['Content-Type'] = 'application/json';
    const answer = await fetch(target, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    return { status: answer.status, json: text ? JSON.parse(text) : null };
  }, [method, target, token, body]);

const refresh = (page, token) =>
  call(page, 'POST', '/auth/refresh', { body: { refresh_token: token } });
const me = (page, token) => call(page, 'GET', '/auth/me', { token });

// A server refuses what another one revoked within a moment.
async function assertRefused(page, token) {
  const end = Date.now() + patience;
  while ((await me(page, token)).status !== 401) {
    assert.ok(Date.now() < end, 'a revoked token is still accepted');
    await page.waitForTimeout(50);
  }
}

async function signIn(page, provider, name) {
  await page.goto(`${options.server}/auth/login/${provider}`);
  await screenshot(page, `${provider}-sign-in`);
  await passForms(page, name, options.server);
  return tokensOn(page);
}

async function tokensOn(page) {
  const text = await page.locator('body').innerText();
  const tokens = JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1));
  assert.ok(tokens.access_token && tokens.refresh_token, 'the callback gives no tokens');
  return tokens;
}

async function checkReuse(page, first) {
  const second = (await refresh(page, first.refresh_token)).json;
  assert.equal((await me(page, second.access_token)).status, 200);
  const third = (await refresh(page, second.refresh_token)).json;
  assert.notEqual(third.refresh_token, second.refresh_token);
  assert.equal((await refresh(page, first.refresh_token)).status, 401, 'an old token refreshes');
  assert.equal((await refresh(page, third.refresh_token)).status, 401, 'the family lives');
  for (const tokens of [first, second, third]) await assertRefused(page, tokens.access_token);
}

async function checkLogout(page, tokens) {
  const body = { refresh_token: tokens.refresh_token };
  assert.equal((await call(page, 'POST', '/auth/logout', { body })).status, 204);
  assert.equal((await refresh(page, tokens.refresh_token)).status, 401);
  await assertRefused(page, tokens.access_token);
}

async function checkProvider(browser, provider) {
  const page = await newPage(browser);
  const first = await signIn(page, provider, 'grace');
  const account = (await me(page, first.access_token)).json;
  assert.equal(account.id, first.user.id);
  const post = { token: first.access_token, body: { text: 'hello' } };
  assert.equal((await call(page, 'POST', '/v1/posts', post)).status, 201);
  await checkReuse(page, first);

  const other = await newPage(browser);  // another device
  const again = await signIn(other, provider, 'grace');
  assert.equal(again.user.id, first.user.id, 'the same person got another account');
  await checkLogout(other, again);
  await page.context().close();
  await other.context().close();
  console.log(`ok: ${provider}`);
}

// The development provider's page: it works with the keyboard alone and breaks none of its rules.
async function checkPage(browser, colorScheme) {
  const page = await newPage(browser, { colorScheme });
  const complaints = [];
  page.on('console', message => complaints.push(message.text()));
  page.on('pageerror', error => complaints.push(String(error)));
  await page.goto(`${options.server}/auth/login/dev`);
  await screenshot(page, `dev-${colorScheme}`);
  assert.equal(await page.locator(':focus').getAttribute('value'), 'ada');
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  assert.deepEqual(complaints, []);
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  assert.equal((await tokensOn(page)).user.handle, 'ada');
  await page.context().close();
  console.log(`ok: page, ${colorScheme}`);
}

// What `feedctl login` does: the browser comes back to a port of this machine.
async function checkLoopbackClient(browser) {
  const verifier = randomBytes(48).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  let came;
  const arrival = new Promise(resolve => { came = resolve; });
  const client = http.createServer((request, answer) => {
    if (request.url.startsWith('/finished')) came(request.url);
    answer.end('signed in');
  });
  await new Promise(resolve => client.listen(0, '127.0.0.1', resolve));
  const redirect = `http://127.0.0.1:${client.address().port}/finished`;
  const query = new URLSearchParams({
    redirect_uri: redirect, code_challenge: challenge, state: 'the-state',
  });
  const page = await newPage(browser);
  await page.goto(`${options.server}/auth/login/dev?${query}`);
  await passForms(page, 'linus', redirect);
  const parameters = new URL(await arrival, redirect).searchParams;
  assert.equal(parameters.get('state'), 'the-state');
  const answer = await fetch(`${options.server}/auth/token`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      code: parameters.get('code'), code_verifier: verifier, redirect_uri: redirect,
    }),
  });
  assert.equal(answer.status, 200);
  assert.equal((await answer.json()).user.handle, 'linus');
  client.closeAllConnections();
  client.close();
  await page.context().close();
  console.log('ok: loopback client');
}

let lastPage;
async function newPage(browser, more = {}) {
  const context = await browser.newContext({ viewport: { width: 900, height: 720 }, ...more });
  context.setDefaultTimeout(patience);
  lastPage = await context.newPage();
  return lastPage;
}

const browser = await chromium.launch({ executablePath: options.chromium, timeout: patience });
try {
  for (const scheme of ['light', 'dark']) await checkPage(browser, scheme);
  await checkLoopbackClient(browser);
  for (const provider of options.providers) await checkProvider(browser, provider);
} catch (error) {
  console.error(error);
  if (lastPage && !lastPage.isClosed()) {
    console.error(`at ${lastPage.url().replace(/\?.*/, '')}`);
    await screenshot(lastPage, 'failure').catch(() => {});
  }
  process.exitCode = 1;
} finally {
  await browser.close();
}
