// The pictures of docs/getting-started.md and docs/tutorial.md, from a fresh `feedctl dev`.
// usage: node pictures.mjs '{"chromium": FILE, "server": URL, "tutorial": DIR, "pictures": DIR}'
import fs from 'node:fs/promises';
import path from 'node:path';
import { patience, serveFolder, startBrowser, step } from './support.mjs';

const options = JSON.parse(process.argv[2]);
const maxBytes = 120_000;

// WebP, which Playwright's own screenshots cannot be.
async function picture(page, name) {
  const session = await page.context().newCDPSession(page);
  for (const quality of [85, 70, 55]) {
    const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality });
    const content = Buffer.from(data, 'base64');
    if (content.length < maxBytes) return fs.writeFile(path.join(options.pictures, `${name}.webp`), content);
  }
  throw new Error(`${name} is too large: show less of the page`);
}

const browser = await startBrowser(options.chromium);
const files = await serveFolder(options.tutorial);
try {
  const context = await browser.newContext({
    viewport: { width: 1200, height: 760 }, reducedMotion: 'reduce', colorScheme: 'light',
  });
  context.setDefaultTimeout(patience);
  const page = await context.newPage();

  await step('the API pages', async () => {
    await page.goto(`${options.server}/api/docs/`);
    await page.locator('.opblock').first().waitFor();
    await page.locator('.opblock-tag').filter({ hasText: 'Posts' }).first().scrollIntoViewIfNeeded();
    await picture(page, 'api-docs');
  });

  await step('sign-in', async () => {
    await page.goto(`${options.server}/admin/`);
    const provider = /feedctl dev/i;
    await page.getByRole('button', { name: provider }).or(page.getByRole('link', { name: provider })).first().click();
    await page.getByRole('heading', { name: 'Who signs in?' }).waitFor();
    await page.setViewportSize({ width: 900, height: 560 });
    await picture(page, 'sign-in');
    await page.setViewportSize({ width: 1200, height: 760 });
    await page.getByRole('button', { name: /admin/ }).or(page.getByRole('link', { name: /admin/ })).first().click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
  });

  // The charts are of requests while the dashboard is open.
  const traffic = async (seconds) => {
    for (const end = Date.now() + 1000 * seconds; Date.now() < end;) {
      await Promise.all(['/v1/feed/hot', '/v1/users?handle=ana', '/v1/posts', '/health/'].map(
        (target) => fetch(options.server + target).then((answer) => answer.arrayBuffer())));
      await new Promise((done) => { setTimeout(done, 20 + 60 * Math.random()); });
    }
  };

  await step('the dashboard', async () => {
    await page.goto(`${options.server}/admin/`);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await traffic(45);
    await picture(page, 'console-dashboard');
  });

  await step('posts', async () => {
    await page.goto(`${options.server}/admin/posts`);
    await page.getByRole('button', { name: 'Hide' }).first().waitFor();
    await picture(page, 'console-posts');
  });

  await step('the tutorial', async () => {
    await page.setViewportSize({ width: 760, height: 700 });
    await page.goto(`${files.url}/feed.html?api=${encodeURIComponent(options.server)}`);
    await page.getByLabel('Handle').fill('ana');
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.locator('article').nth(3).waitFor();
    await page.locator('article button').first().click();
    await page.getByRole('button', { name: 'Take the like back' }).first().waitFor();
    await picture(page, 'tutorial');
  });
} finally {
  await browser.close();
  files.close();
}
process.exit();
