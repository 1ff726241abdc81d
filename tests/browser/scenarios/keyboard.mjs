// The keyboard alone, narrow screens, and the choice of a theme.
import { assert, open } from '../support/console.mjs';
import { settled } from '../support/pages.mjs';

const focused = (page) => page.evaluate(() => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  return {
    text: `${element.tagName} ${element.textContent.trim().slice(0, 40)}`,
    isVisible: style.outlineStyle !== 'none' || style.boxShadow !== 'none',
  };
});

export default async function keyboard(console_) {
  const page = await console_.step('an admin signs in', () => console_.signIn('admin'));

  await console_.step('the first stop skips the navigation', async () => {
    await open(page, '/admin/users');
    await page.keyboard.press('Tab');
    assert.match((await focused(page)).text, /Skip/);
    await page.keyboard.press('Enter');
    assert.match((await focused(page)).text, /^MAIN/);
  });

  await console_.step('each stop shows that it has the focus', async () => {
    await open(page, '/admin/users');
    for (let count = 0; count < 30; ++count) {
      await page.keyboard.press('Tab');
      const { text, isVisible } = await focused(page);
      assert.ok(isVisible || text.startsWith('BODY'), `no focus to be seen: ${text}`);
    }
  });

  await console_.step('a link followed by Enter gives the focus to the heading', async () => {
    await page.getByRole('navigation').getByRole('link', { name: 'Pages', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Pages' }).waitFor();
    await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
  });

  await console_.step('on a narrow screen the menu is a dialog that Escape closes', async () => {
    await page.setViewportSize({ width: 375, height: 720 });
    const menu = page.getByRole('button', { name: 'Menu' });
    await menu.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Menu' });
    await dialog.waitFor();
    await console_.screenshot(page, 'menu-375');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    assert.match((await focused(page)).text, /Menu/);
    await page.keyboard.press('Enter');
    await dialog.getByRole('link', { name: 'Users', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Users' }).waitFor();
    await dialog.waitFor({ state: 'hidden' });
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  await console_.step('a chosen theme stays', async () => {
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.emulateMedia({ colorScheme: 'light' });
    const light = await background();
    await page.getByLabel('Theme').selectOption('dark');
    const dark = await background();
    assert.notEqual(dark, light);
    await page.reload();
    await settled(page);
    assert.equal(await background(), dark);
    await page.getByLabel('Theme').selectOption('system');
    assert.equal(await background(), light);
  });
}
