// Lighthouse on the sign-in screen and on the dashboard. It drives the same browser, whose session
// it shares, by its debugging port.
import lighthouse from 'lighthouse';
import { assert, options, patience } from '../support/console.mjs';

const minScore = 0.95;
const flags = (port) => ({
  port, hostname: '127.0.0.1', logLevel: 'error', output: 'json', disableStorageReset: true,
  onlyCategories: ['accessibility', 'best-practices'], formFactor: 'desktop',
  screenEmulation: { disabled: true }, throttlingMethod: 'provided',
  maxWaitForFcp: patience, maxWaitForLoad: 30_000,  // the dashboard never stops to load
});

const faultsOf = ({ audits }) => Object.values(audits)
  .filter(({ score }) => score !== null && score < 1)
  .map(({ id, title, details }) => `${id}: ${title} ${JSON.stringify(details?.items ?? '')}`);

async function audit(port, path) {
  const { lhr } = await lighthouse(options.server + path, flags(port));
  assert.equal(lhr.runtimeError, undefined);
  const scores = Object.values(lhr.categories).map(({ id, score }) => [id, score]);
  console.log(`  ${path}: ${scores.map(([id, score]) => `${id} ${score * 100}`).join(', ')}`);
  for (const [id, score] of scores)
    assert.ok(score >= minScore, `${id} is ${score}: ${faultsOf(lhr).join('\n')}`);
  return lhr;
}

export default async function lighthouseScores(console_) {
  const port = options.debugging_port;
  const page = await console_.newSharedPage(port);
  await console_.step('the sign-in screen', () => audit(port, '/admin/'));
  await console_.step('an admin signs in', () => console_.signIn('admin', { page }));
  await page.goto('about:blank');
  await console_.step('the dashboard', async () => {
    const lhr = await audit(port, '/admin/');
    assert.match(lhr.finalDisplayedUrl, /\/admin\/$/);
  });
}
