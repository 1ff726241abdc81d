// What every scenario does on pages: waits, signs in, answers dialogs.
import { options } from './options.mjs';

// Once the screen has its heading and has loaded what it shows.
export async function settled(page) {
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.waitForFunction(() => !document.querySelector('.skeleton, .reloading, main [aria-busy=true]'));
}

// From the console's sign-in screen over the page of dev's provider back into the console.
export async function passProvider(page, name) {
  const provider = /feedctl dev/i;
  await page.getByRole('button', { name: provider })
    .or(page.getByRole('link', { name: provider })).first().click();
  await page.getByRole('heading', { name: 'Who signs in?' }).waitFor();
  await page.getByLabel('Someone new').fill(name);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL(`${options.server}/admin/**`);
  await page.getByRole('button', { name: 'Sign out' }).or(page.getByRole('alert')).first().waitFor();
  await settled(page);
}

// Answers the dialog that is open, by the words of its button.
export async function answerDialog(page, button) {
  const dialog = page.getByRole('dialog');
  const text = await dialog.innerText();
  await dialog.getByRole('button', { name: button }).click();
  await dialog.waitFor({ state: 'hidden' });
  return text;
}

// The row of a table that has the text.
export const row = (page, text) => page.getByRole('row').filter({ hasText: text });

// From the page itself, with no token: what the public sees.
export const publicJson = async (target) => {
  const answer = await fetch(options.server + target);
  return { status: answer.status, body: await answer.json() };
};

// Asks `check` again and again until it is true: workers and flushes do their part meanwhile.
export async function eventually(page, check, what) {
  for (const end = Date.now() + 120_000; Date.now() < end;) {
    if (await check()) return;
    await page.waitForTimeout(200);
  }
  throw new Error(`it never came to this: ${what}`);
}
