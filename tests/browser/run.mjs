// The console and the API's documentation in a real browser, scenario by scenario.
// usage: node run.mjs '{"chromium": FILE, "server": URL, "screenshots": DIR, "debugging_port": N,
//   "people": {"editor": NAME, ..}, "dead_letter_errors": [TEXT], "scenarios": [NAME]}'
// Prints a line for each step and "passed: NAME" for each scenario. A failed step ends its
// scenario, with a screenshot; the others still run. Ends with 1 where one has failed.
import { Console } from './support/console.mjs';
import { options } from './support/options.mjs';

async function runScenario(name) {
  const { default: scenario } = await import(`./scenarios/${name}.mjs`);
  const console_ = new Console(name);
  try {
    await console_.start();
    await scenario(console_);
    console_.requireNoComplaints();
    console.log(`passed: ${name}`);
  } catch (error) {
    process.exitCode = 1;
    console.log(`FAILED: ${name}: ${console_.currentStep}: ${error.stack}`);
    await console_.describeFailure();
  } finally {
    await console_.stop();
  }
}

for (const name of options.scenarios) await runScenario(name);
process.exit();  // a checker may leave timers behind
