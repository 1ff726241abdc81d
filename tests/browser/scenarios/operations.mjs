// The operator's screens: the dashboard moves, views are flushed at once, keys are shown.
import { assert, open } from '../support/console.mjs';

export default async function operations(console_) {
  const page = await console_.step('an admin signs in', () => console_.signIn('admin'));

  await console_.step('the dashboard shows dependencies and charts', async () => {
    await open(page, '/admin/');
    await page.getByText('PostgreSQL').first().waitFor();
    await page.locator('canvas').first().waitFor();
    assert.ok(await page.locator('canvas').count() >= 4);
  });

  await console_.step('the dashboard asks for new numbers by itself', async () => {
    for (let count = 0; count < 3; ++count)
      await page.waitForResponse((answer) => answer.url().endsWith('/api/v1/admin/dashboard'));
  });

  await console_.step('views are flushed at once', async () => {
    await open(page, '/admin/views');
    await page.getByRole('button', { name: 'Flush now' }).click();
    await page.getByText(/^Flushed \d|nothing to flush/).first().waitFor();
  });

  await console_.step('the key that signs is shown', async () => {
    await open(page, '/admin/keys');
    await page.getByRole('row').filter({ hasText: 'signing' }).first().waitFor();
  });

  await console_.step('the own session is shown', async () => {
    await open(page, '/admin/sessions');
    await page.getByText(/Chrom/).first().waitFor();
  });
}
