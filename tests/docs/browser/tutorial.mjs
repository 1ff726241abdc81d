// The tutorial's page in a real browser, against a server in either auth.mode.
// usage: node tutorial.mjs '{"chromium": FILE, "server": URL, "folder": DIR, "mode": "open" | "required"}'
// Prints a line for each step; ends with 1 and the step that failed.
import assert from 'node:assert/strict';
import { serveFolder, startBrowser, step, patience } from './support.mjs';

const options = JSON.parse(process.argv[2]);

async function api(method, path, { actor, token, body } = {}) {
  const headers = { 'Content-Type': 'application/json' };
  if (actor) headers['X-User-Id'] = actor;
  if (token) headers.Authorization = `Bearer ${token}`;
  const answer = await fetch(options.server + path, { method, headers, body: body && JSON.stringify(body) });
  const content = answer.status === 204 ? null : await answer.json();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${JSON.stringify(content)}`);
  return content;
}

const post = (page, text) => page.locator('article').filter({ hasText: text });

async function signInAtProvider(page, name) {
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Who signs in?' }).waitFor();
  await page.getByLabel('Someone new').fill(name);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  const tokens = page.waitForResponse((answer) => answer.url().endsWith('/auth/token'));
  const { user, access_token: token } = await (await tokens).json();
  await page.getByText(`You are ${user.handle}.`).waitFor();
  return { id: user.id, token };
}

async function begin(page, name) {
  if (options.mode === 'required') return signInAtProvider(page, name);
  const { id } = await api('POST', '/v1/users', { body: { handle: name } });
  await page.getByLabel('Handle').fill(name);
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByText(`You are ${name}.`).waitFor();
  return { id };
}

const files = await serveFolder(options.folder);
const browser = await startBrowser(options.chromium);
try {
  const open = async () => {
    const context = await browser.newContext({ viewport: { width: 900, height: 900 } });
    context.setDefaultTimeout(patience);
    const page = await context.newPage();
    await page.goto(`${files.url}/feed.html?api=${encodeURIComponent(options.server)}`);
    return page;
  };
  const [reader, writer] = [await open(), await open()];

  await step('people begin', async () => {
    const tess = await begin(reader, 'tess');
    const will = await begin(writer, 'will');
    const act = (someone) => ({ actor: someone.token ? undefined : someone.id, token: someone.token });
    await api('POST', `/v1/users/${will.id}/follow`, act(tess));
    for (let number = 1; number <= 25; number++)
      await api('POST', '/v1/posts', { ...act(will), body: { text: `number ${number}.` } });
  });

  await step('a post is on the page of its author at once', async () => {
    await writer.getByLabel('Text').fill('hello from the tutorial');
    await writer.getByRole('button', { name: 'Post' }).click();
    await post(writer, 'hello from the tutorial').waitFor();
    await writer.waitForFunction(() => document.querySelector('[name=text]').value === '');
    assert.equal(await writer.locator('article').first().locator('p').innerText(), 'hello from the tutorial');
  });

  await step('the stream brings it to a follower', async () => {
    await post(reader, 'hello from the tutorial').waitFor();
    assert.equal(await post(reader, 'hello from the tutorial').count(), 1);
  });

  await step('a like is counted, and taken back', async () => {
    const liked = post(reader, 'hello from the tutorial');
    await liked.getByRole('button', { name: 'Like', exact: true }).click();
    await liked.getByRole('button', { name: 'Take the like back' }).waitFor();
    assert.match(await liked.getByRole('button').innerText(), /♥ 1/);
    await liked.getByRole('button').click();
    await liked.getByRole('button', { name: 'Like', exact: true }).waitFor();
    assert.match(await liked.getByRole('button').innerText(), /♡ 0/);
  });

  await step('the next page goes on where the first ended', async () => {
    await writer.getByRole('button', { name: 'More' }).click();
    await post(writer, 'number 1.').waitFor();
    const texts = await writer.locator('article p').allInnerTexts();
    assert.equal(new Set(texts).size, texts.length);
    assert.equal(texts.length, 26);
    await writer.getByRole('button', { name: 'More' }).waitFor({ state: 'hidden' });
  });

  if (options.mode === 'open') {
    await step('a wrong handle is told', async () => {
      const page = await open();
      await page.getByLabel('Handle').fill('nobody_at_all');
      await page.getByRole('button', { name: 'Go on' }).click();
      await page.getByText('not found').waitFor();
    });
  }
} finally {
  await browser.close();
  files.close();
}
process.exit();
