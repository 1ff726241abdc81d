// The session: its cookie, its end, and the way back to the screen.
import { assert, open, options, settled } from '../support/console.mjs';
import { passProvider } from '../support/pages.mjs';

const cookieName = '__Host-feedctl-console';

export default async function session(console_) {
  const page = await console_.step('an admin signs in', () => console_.signIn('admin'));

  await console_.step('the cookie is out of reach of scripts and of other sites', async () => {
    const cookies = await page.context().cookies(options.server);
    const cookie = cookies.find(({ name }) => name === cookieName);
    assert.ok(cookie, 'there is no cookie of the session');
    assert.deepEqual([cookie.httpOnly, cookie.secure, cookie.sameSite, cookie.path],
      [true, true, 'Strict', '/']);
    assert.doesNotMatch(await page.evaluate(() => document.cookie), /feedctl/);
  });

  await console_.step('a reload keeps the session', async () => {
    await open(page, '/admin/audit');
    await page.reload();
    await settled(page);
    await page.getByRole('heading', { level: 1, name: 'Audit log' }).waitFor();
  });

  await console_.step('no token is in the address or in storage', async () => {
    const kept = await page.evaluate(() => [location.href,
      ...Object.values(localStorage), ...Object.values(sessionStorage)].join('\n'));
    assert.doesNotMatch(kept, /eyJ[\w-]+\.|login_code/);
  });

  await console_.step('without the cookie the sign-in screen is shown', async () => {
    await page.context().clearCookies();
    await page.reload();
    await page.getByRole('button', { name: /feedctl dev/i })
      .or(page.getByRole('link', { name: /feedctl dev/i })).first().waitFor();
  });

  await console_.step('signing in leads back to the screen', async () => {
    await passProvider(page, options.people.admin);
    await page.getByRole('heading', { level: 1, name: 'Audit log' }).waitFor();
    assert.equal(new URL(page.url()).pathname, '/admin/audit');
  });

  await console_.step('a second tab shares the session', async () => {
    const tab = await page.context().newPage();
    await open(tab, '/admin/keys');
    await tab.getByRole('heading', { level: 1, name: 'Keys' }).waitFor();
    await open(page, '/admin/audit');
  });

  await console_.step('signing out ends it', async () => {
    await page.getByRole('button', { name: /sign out/i }).first().click();
    await page.getByText(/feedctl dev/i).first().waitFor();
    const cookies = await page.context().cookies(options.server);
    assert.ok(!cookies.some(({ name }) => name === cookieName));
  });
}
