// Errors and warnings of pages: of the console, of scripts, and of requests that failed.
import assert from 'node:assert/strict';

export class Complaints {
  all = [];
  #expected = [];

  watch(context) {
    context.on('console', (message) => {
      if (['error', 'warning'].includes(message.type()))
        this.all.push(`${message.text()} (${message.location().url})`);
    });
    context.on('weberror', (error) => this.all.push(String(error.error())));
  }

  expect(pattern) { this.#expected.push(pattern); }

  requireNone() {
    const isExpected = (text) => this.#expected.some((pattern) => pattern.test(text));
    assert.deepEqual(this.all.filter((text) => !isExpected(text)), []);
  }
}
