// The API's documentation: both pages render the description without complaints.
import { assert, options } from '../support/console.mjs';

export default async function apiDocs(console_) {
  const page = await console_.newPage();

  await console_.step('Swagger UI lists the operations', async () => {
    await page.goto(`${options.server}/api/docs/`);
    await page.locator('.opblock').first().waitFor();
    assert.ok(await page.locator('.opblock').count() > 50);
    await page.getByText('/api/v1/pages/', { exact: false }).first().waitFor();
    await console_.screenshot(page, 'swagger-ui');
  });

  await console_.step('Swagger UI opens an operation and calls it', async () => {
    const operation = page.locator('.opblock-get').filter({ hasText: '/health/' }).first();
    await operation.locator('button').first().click();
    await operation.getByRole('button', { name: 'Try it out' }).click();
    await operation.getByRole('button', { name: 'Execute' }).click();
    await operation.locator('.live-responses-table').getByText('200').first().waitFor();
  });

  await console_.step('ReDoc shows the operations', async () => {
    await page.goto(`${options.server}/api/redoc/`);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await page.getByText('/api/v1/pages/').first().waitFor({ state: 'attached' });
    await console_.screenshot(page, 'redoc');
  });

  await console_.step('the description is there as JSON and as YAML', async () => {
    const json = await fetch(`${options.server}/api/schema/`);
    assert.match((await json.json()).openapi, /^3\.1/);
    const yaml = await fetch(`${options.server}/api/schema/?format=yaml`);
    assert.match(await yaml.text(), /^openapi: ['"]?3\.1/m);
  });
}
