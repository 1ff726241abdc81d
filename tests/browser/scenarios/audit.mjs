// The audit log has an entry for what the scenarios before have changed: this one runs after them.
import { assert, open, options } from '../support/console.mjs';

const changes = [
  /^page create/i, /^page update/i, /^content create/i, /^dead event retry/i, /^dead event drop/i,
  /^post hide/i, /^post unhide/i, /^user suspend/i, /^user reinstate/i, /^user role/i,
];

export default async function audit(console_) {
  const page = await console_.step('an admin signs in', () => console_.signIn('admin'));
  const entries = page.locator('.entries > li');

  await console_.step('each change has an entry', async () => {
    await open(page, '/admin/audit');
    const texts = [];
    for (;;) {
      texts.push(...await entries.allInnerTexts());
      const next = page.getByRole('button', { name: 'Next' });
      if (await next.count() === 0 || await next.getAttribute('aria-disabled') === 'true') break;
      const first = await entries.first().innerText();
      await next.click();
      await page.waitForFunction((text) => document.querySelector('.entries > li')?.innerText !== text,
        first);
    }
    const missing = changes.filter((change) => !texts.some((text) => change.test(text)));
    assert.deepEqual(missing, []);
  });

  await console_.step('it names who did it, and the filter finds them', async () => {
    await open(page, `/admin/audit?actor=${options.people.editor}`);
    const texts = await entries.allInnerTexts();
    assert.ok(texts.length > 0);
    for (const text of texts) assert.match(text, new RegExp(`by @${options.people.editor}`));
  });

  await console_.step('what changed is shown', async () => {
    await open(page, '/admin/audit?action=page.create');
    await page.getByText('The harbour').first().waitFor();
  });
}
