// Every screen at both widths, and where options.dark asks for it in both themes: axe's rules, one h1, no scrolling sideways, and
// screenshots to look at.
import { AxeBuilder } from '@axe-core/playwright';
import { assert, open, options } from '../support/console.mjs';
import { allScreens } from '../support/screens.mjs';

const themes = options.dark ? ['light', 'dark'] : ['light'];
const widths = [375, 1440];
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const describe = (violation) => `${violation.id}: ${violation.help}; ${violation.nodes
  .map((node) => `${node.target.join(' ')} (${node.any[0]?.message ?? node.html})`).join('; ')}`;

async function violationsOf(page, label) {
  const { violations } = await new AxeBuilder({ page }).withTags(rules).analyze();
  return violations.map((violation) => `${label}: ${describe(violation)}`);
}

async function layoutFaultsOf(page, label) {
  const faults = [];
  const { wide, count } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    count: document.querySelectorAll('h1').length,
  }));
  if (wide > 0) faults.push(`${label}: scrolls sideways by ${wide} px`);
  if (count !== 1) faults.push(`${label}: has ${count} h1`);
  return faults;
}

async function look(console_, page, { name, path }) {
  const faults = [];
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: themes[0] });
    if (path) await open(page, path);
    for (const colorScheme of themes) {
      await page.emulateMedia({ colorScheme });
      const label = `${name}, ${colorScheme}, ${width} px`;
      faults.push(...await layoutFaultsOf(page, label));
      if (width === widths.at(-1)) faults.push(...await violationsOf(page, label));
      await console_.screenshot(page, `${name}-${colorScheme}-${width}`);
    }
  }
  assert.deepEqual(faults, []);
}

export default async function screens(console_) {
  const failures = [];
  // Goes on after a screen with faults, so that one run shows all of them.
  const check = async (page, screen) => {
    try {
      await console_.step(`${screen.name} is fit for everybody`, () => look(console_, page, screen));
    } catch (error) {
      console.log(`FAILED: screens: ${screen.name}: ${error.message}`);
      failures.push(screen.name);
    }
  };
  const page = await console_.newPage();
  await page.goto(`${options.server}/admin/`);
  await page.getByText(/feedctl dev/i).first().waitFor();
  await check(page, { name: 'sign-in' });
  await console_.signIn('admin', { page });
  for (const screen of await allScreens(page)) await check(page, screen);
  await open(page, '/admin/no-such-screen');
  await check(page, { name: 'not-found' });
  assert.deepEqual(failures, []);
}
