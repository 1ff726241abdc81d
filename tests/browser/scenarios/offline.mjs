// A lost connection: a banner says so, and the console goes on by itself.
import { assert, open } from '../support/console.mjs';

export default async function offline(console_) {
  console_.expectComplaint(/ERR_INTERNET_DISCONNECTED/);
  const page = await console_.step('an admin signs in', () => console_.signIn('admin'));
  await open(page, '/admin/users');
  const banner = page.getByText(/offline|no connection|cannot be reached|not be reached/i).first();

  await console_.step('the banner comes when the connection is lost', async () => {
    assert.equal(await banner.isVisible(), false);
    await page.context().setOffline(true);
    await banner.waitFor();
    await console_.screenshot(page, 'offline');
  });

  await console_.step('what was loaded stays', async () => {
    assert.ok(await page.getByRole('row').count() > 1);
  });

  await console_.step('the banner goes when the connection is back', async () => {
    await page.context().setOffline(false);
    await banner.waitFor({ state: 'hidden' });
  });
}
