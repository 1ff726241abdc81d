// What each role sees: an editor no screen of operators, a user nothing.
import { assert, open, options } from '../support/console.mjs';

const operatorScreens = ['Dashboard', 'Dead events', 'Views', 'Audit log', 'Posts', 'Users', 'Keys'];

export default async function roles(console_) {
  const page = await console_.step('an editor signs in', () => console_.signIn('editor'));
  const navigation = page.getByRole('navigation').first();

  await console_.step('the navigation has pages and contents only', async () => {
    for (const name of ['Pages', 'Contents'])
      await navigation.getByRole('link', { name, exact: true }).waitFor();
    for (const name of operatorScreens)
      assert.equal(await navigation.getByRole('link', { name, exact: true }).count(), 0, name);
  });

  await console_.step('the address of an operator screen shows none of it', async () => {
    await open(page, '/admin/users');
    assert.equal(await page.getByRole('table').count(), 0);
    assert.doesNotMatch(await page.getByRole('main').innerText(), /@?goro/);
  });

  await console_.step('a user without a role is told what is missing', async () => {
    const other = await console_.signIn('newcomer');
    assert.match(await other.locator('body').innerText(), /role|editor|admin/i);
    assert.equal(await other.getByRole('link', { name: 'Pages', exact: true }).count(), 0);
  });

  await console_.step('the API refuses an editor the routes of operators', async () => {
    const status = await page.evaluate(async () => {
      const session = await (await fetch('/admin/session')).json();
      const renewed = await fetch('/admin/session/refresh', {
        method: 'POST', headers: { 'X-CSRF-Token': session.csrf_token },
      });
      const token = (await renewed.json()).access_token;
      const answer = await fetch('/api/v1/admin/users', {
        headers: { Authorization: `Bearer ${token}` },
      });
      return answer.status;
    });
    assert.equal(status, 403, `at ${options.server}`);
  });
  console_.expectComplaint(/403/);
}
