// What the console costs: all of its files, as they come over the line, and its first paint.
import { assert, open, options } from '../support/console.mjs';
import { allScreens } from '../support/screens.mjs';

const maxBytes = 60 * 1024;
const isFile = ({ pathname }) => pathname.startsWith('/admin/') && /\.\w+$/.test(pathname);

// Bytes with heads by path, of everything below /admin/ but the session.
async function measure(page) {
  const client = await page.context().newCDPSession(page);
  const paths = new Map();
  const bytes = new Map();
  client.on('Network.requestWillBeSent', ({ requestId, request }) => {
    const url = new URL(request.url);
    if (url.origin === options.server && (isFile(url) || url.pathname === '/admin/'))
      paths.set(requestId, url.pathname);
  });
  client.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (paths.has(requestId)) bytes.set(paths.get(requestId), encodedDataLength);
  });
  await client.send('Network.enable');
  await client.send('Network.setCacheDisabled', { cacheDisabled: true });
  return bytes;
}

const firstPaint = (page) => page.evaluate(() => performance
  .getEntriesByType('paint').find(({ name }) => name === 'first-contentful-paint')?.startTime);

export default async function transferSize(console_) {
  const page = await console_.step('an admin signs in', () => console_.signIn('admin'));

  await console_.step('all files together are at most 60 KB', async () => {
    const bytes = await measure(page);
    for (const { path } of await allScreens(page)) await open(page, path);
    const total = [...bytes.values()].reduce((sum, size) => sum + size, 0);
    for (const [path, size] of [...bytes].sort((a, b) => b[1] - a[1]))
      console.log(`  ${String(size).padStart(7)}  ${path}`);
    console.log(`  ${String(total).padStart(7)}  in ${bytes.size} files`);
    for (const file of ['', 'app.js', 'theme.js', 'style.css', 'content.css'])
      assert.ok(bytes.has(`/admin/${file}`), `/admin/${file} was not seen`);
    assert.ok(total <= maxBytes, `${total} bytes, more than ${maxBytes}`);
  });

  await console_.step('the first paint is measured', async () => {
    const warm = await page.context().newPage();
    for (const turn of ['cold', 'warm', 'warm']) {
      await open(warm, '/admin/pages');
      console.log(`  first paint, ${turn}: ${Math.round(await firstPaint(warm))} ms`);
    }
  });
}
