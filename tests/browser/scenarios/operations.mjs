// The operator's screens: the dashboard moves, views are flushed at once, keys are shown.
import { assert, open } from '../support/console.mjs';
import { eventually } from '../support/pages.mjs';

export default async function operations(console_) {
  const page = await console_.step('an admin signs in', () => console_.signIn('admin'));

  await console_.step('the dashboard shows dependencies and charts', async () => {
    await open(page, '/admin/');
    await page.getByText('PostgreSQL').first().waitFor();
    for (const name of ['Requests', 'Latency', 'Cache hits', 'Event lag', 'Views pending'])
      await page.getByRole('heading', { name, exact: true }).waitFor();
  });

  await console_.step('the charts move by themselves', async () => {
    const lines = () => page.locator('.chart svg').evaluateAll(
      (charts) => charts.map((chart) => chart.innerHTML).join('\n'));
    const before = await lines();
    assert.ok(before.includes('<path'), 'there are no charts');
    await eventually(page, async () => await lines() !== before, 'charts with new figures');
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
