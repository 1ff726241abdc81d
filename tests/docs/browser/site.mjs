// The built site in a real browser, from a file and from a server: nothing comes from elsewhere, diagrams are drawn,
// the search finds, the reference shows operations, and no page is wider than a phone. Leaves screenshots.
// usage: node site.mjs '{"chromium": FILE, "site": DIR, "screenshots": DIR}'
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { patience, serveFolder, startBrowser, step } from './support.mjs';

const options = JSON.parse(process.argv[2]);
const pages = (await fs.readdir(options.site)).filter((name) => name.endsWith('.html') && name !== '404.html');

async function open(browser, width, colorScheme) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, reducedMotion: 'reduce' });
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  page.foreign = [];
  page.errors = [];
  page.on('request', (request) => page.foreign.push(request.url()));
  page.on('pageerror', (error) => page.errors.push(String(error)));
  page.on('console', (message) => { if (message.type() === 'error') page.errors.push(message.text()); });
  return page;
}

async function close(page, root) {
  const isOwn = (url) => url.startsWith(root) || /^(data|blob):/.test(url);
  assert.deepEqual(page.foreign.filter((url) => !isOwn(url)), []);
  assert.deepEqual(page.errors, []);
  await page.context().close();
}

const drawn = (page) => page.waitForFunction(() => {
  const hosts = [...document.querySelectorAll('div.mermaid')];
  return hosts.length > 0 && !document.querySelector('pre.mermaid') && hosts.every((host) => host.offsetHeight > 50);
});

async function checkRoot(browser, root, how) {
  await step(`${how}: diagrams are drawn`, async () => {
    const page = await open(browser, 1280, 'light');
    await page.goto(`${root}/architecture.html`);
    await drawn(page);
    await close(page, root);
  });

  await step(`${how}: the search finds`, async () => {
    const page = await open(browser, 1280, 'light');
    await page.goto(`${root}/index.html`);
    await page.getByRole('textbox', { name: 'Search' }).fill('idempotency key');
    const found = page.locator('a.md-search-result__link[href*="idempotency.html"]').first();
    await found.waitFor();
    await page.goto(new URL(await found.getAttribute('href'), page.url()).href);
    await page.getByRole('heading', { name: /idempot/i }).first().waitFor();
    await close(page, root);
  });

  await step(`${how}: the reference shows an operation that is linked`, async () => {
    const page = await open(browser, 1280, 'light');
    await page.goto(`${root}/api-operations.html`);
    await page.getByRole('link', { name: 'POST /v1/users', exact: true }).click();
    await page.getByRole('heading', { name: 'Create an account' }).first().waitFor();
    await close(page, root);
  });
}

const files = await serveFolder(options.site);
const browser = await startBrowser(options.chromium);
try {
  await checkRoot(browser, pathToFileURL(options.site).href, 'from a file');
  await checkRoot(browser, files.url, 'from a server');

  await step('no page is wider than a phone', async () => {
    const page = await open(browser, 375, 'light');
    for (const name of pages.filter((each) => each !== 'api-reference.html')) {
      await page.goto(`${files.url}/${name}`);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 375, `${name} is ${width} pixels wide`);
    }
    await close(page, files.url);
  });

  await step('screenshots', async () => {
    await fs.mkdir(options.screenshots, { recursive: true });
    for (const width of [1280, 375]) {
      for (const scheme of ['light', 'dark']) {
        const page = await open(browser, width, scheme);
        for (const name of ['index', 'getting-started', 'tutorial', 'architecture', 'configuration', 'api-operations', 'failures', 'releases']) {
          await page.goto(`${files.url}/${name}.html`);
          if (await page.locator('.mermaid').count() > 0) await drawn(page);
          await page.screenshot({ path: path.join(options.screenshots, `${name}-${width}-${scheme}.png`) });
        }
        await close(page, files.url);
      }
    }
  });
} finally {
  await browser.close();
  files.close();
}
process.exit();
