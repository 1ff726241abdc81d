// One scenario's browser: its people, its steps, and what pages complained about.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { Complaints } from './complaints.mjs';
import { options, patience } from './options.mjs';
import { passProvider, settled } from './pages.mjs';

export class Console {
  currentStep = 'start';
  #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'feedctl-console-'));
  #complaints = new Complaints();
  #contexts = [];
  #browser;

  constructor(name) { this.name = name; }

  async start() {
    this.#browser = await chromium.launch({ executablePath: options.chromium, timeout: patience });
  }

  async stop() {
    for (const context of this.#contexts) await context.close().catch(() => {});
    await this.#browser?.close().catch(() => {});
    fs.rmSync(this.#folder, { recursive: true, force: true, maxRetries: 10 });
  }

  // Runs and prints one step, so that a failure names it.
  async step(text, action) {
    this.currentStep = text;
    const result = await action();
    console.log(`ok: ${this.name}: ${text}`);
    return result;
  }

  // Complaints that match are part of the scenario, such as the 412 of a collision.
  expectComplaint(pattern) { this.#complaints.expect(pattern); }
  requireNoComplaints() { this.#complaints.requireNone(); }

  // A page of somebody who has no session yet.
  async newPage(more = {}) {
    const context = await this.#browser.newContext({
      viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce', ...more,
    });
    return this.#watch(context, await context.newPage());
  }

  // A page of a browser that other programs reach by `port` and whose session they share.
  async newSharedPage(port) {
    const context = await chromium.launchPersistentContext(this.#folder, {
      executablePath: options.chromium, timeout: patience,
      args: [`--remote-debugging-port=${port}`],
    });
    return this.#watch(context, context.pages()[0] ?? await context.newPage());
  }

  #watch(context, page) {
    context.setDefaultTimeout(patience);
    this.#contexts.push(context);
    this.#complaints.watch(context);
    return page;
  }

  async signIn(person, { page, at = '/admin/' } = {}) {
    const screen = page ?? await this.newPage();
    await screen.goto(options.server + at);
    await passProvider(screen, options.people[person]);
    return screen;
  }

  screenshot(page, name) {
    const file = path.join(options.screenshots, `${name}.png`);
    return page.screenshot({ path: file, fullPage: true });
  }

  async describeFailure() {
    let number = 0;
    for (const page of this.#contexts.flatMap((context) => context.pages())) {
      console.log(`  at ${page.url().replace(/[?#].*/, '')}`);
      const text = await page.locator('body').innerText({ timeout: 5000 }).catch(() => '');
      console.log(text.split('\n').slice(0, 60).map((line) => `  | ${line}`).join('\n'));
      await this.screenshot(page, `failure-${this.name}-${++number}`).catch(() => {});
    }
    for (const complaint of this.#complaints.all) console.log(`  complaint: ${complaint}`);
  }
}

// The screen at `path` of the console, loaded.
export async function open(page, path) {
  await page.goto(options.server + path);
  await settled(page);
}

export { assert, options, patience, settled };
