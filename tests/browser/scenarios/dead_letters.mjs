// An admin looks at what workers gave up, retries one and drops another.
import { assert, open, options } from '../support/console.mjs';
import { answerDialog, eventually, row } from '../support/pages.mjs';

export default async function deadLetters(console_) {
  const [retried, dropped, kept] = options.dead_letter_errors;
  const page = await console_.step('an admin signs in', () => console_.signIn('admin'));
  const openOne = async (error) => {
    await open(page, '/admin/dead-events');
    await row(page, error).getByRole('link').first().click();
    await page.getByText(error).first().waitFor();
    await page.getByRole('heading', { level: 1, name: /^Dead event: / }).waitFor();
  };
  const isListed = async (error) => {
    await open(page, '/admin/dead-events');
    return await row(page, error).count() > 0;
  };

  await console_.step('the dashboard says that there are some', async () => {
    await open(page, '/admin/');
    await page.getByText(/dead event/i).nth(1).waitFor();
  });

  await console_.step('the list shows each with its error', async () => {
    await open(page, '/admin/dead-events');
    for (const error of options.dead_letter_errors) await row(page, error).waitFor();
  });

  await console_.step('one is retried, and workers handle it now', async () => {
    await openOne(retried);
    await page.getByRole('button', { name: 'Retry', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Dead events' }).waitFor();
    await eventually(page, async () => !await isListed(retried), `"${retried}" is gone`);
  });

  await console_.step('dropping asks, says what it does, and can be left', async () => {
    await openOne(dropped);
    await page.getByRole('button', { name: /^Drop/ }).click();
    const text = await answerDialog(page, 'Cancel');
    assert.match(text, /for good/);
    await page.getByRole('button', { name: /^Drop/ }).click();
    await answerDialog(page, 'Drop for good');
    await page.getByRole('heading', { level: 1, name: 'Dead events' }).waitFor();
    assert.equal(await isListed(dropped), false);
    assert.equal(await isListed(kept), true);
  });
}
