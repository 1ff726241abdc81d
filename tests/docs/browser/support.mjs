// What the scripts of this folder share: a browser, a server of files, steps with names.
import fs from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { chromium } from 'playwright-core';

export const patience = 120_000;  // machines may be very busy

const types = {
  '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.json': 'application/json',
  '.svg': 'image/svg+xml', '.webp': 'image/webp', '.yaml': 'application/yaml',
};

export const startBrowser = (executablePath) => chromium.launch({ executablePath, timeout: patience });

// Serves the files of a folder on a free port of 127.0.0.1.
export async function serveFolder(folder) {
  const server = http.createServer(async (request, response) => {
    const name = path.join('/', decodeURIComponent(new URL(request.url, 'http://a').pathname));
    try {
      const content = await fs.readFile(path.join(folder, name));
      response.setHeader('Content-Type', types[path.extname(name)] ?? 'application/octet-stream');
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

// Runs and prints one step; where it fails, the program ends with its name.
export async function step(text, action) {
  try {
    await action();
    console.log(`ok: ${text}`);
  } catch (error) {
    console.log(`FAILED: ${text}: ${error.stack}`);
    process.exitCode = 1;
    throw error;
  }
}
