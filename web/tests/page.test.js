// The page in a headless Chromium. `web/build` makes the page first; CHROMIUM names the browser.
import assert from "node:assert/strict";
import { readFileSync, mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const PAGE = `file://${here("../dist/index.html")}`;
const REPORT = `file://${here("../dist/report.html")}`;
const PICTURES = here("../dist/");
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser;

before(async () => {
  mkdirSync(PICTURES, { recursive: true });
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
});
after(() => browser?.close());

// Opens a page and keeps what it asks for, says and complains of.
async function open(url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const seen = { requests: [], errors: [], dialogs: [] };
  page.on("request", (request) => seen.requests.push(request.url()));
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  page.on("dialog", (dialog) => {
    seen.dialogs.push(dialog.message());
    dialog.dismiss();
  });
  await page.goto(url);
  return { page, seen };
}

async function give(page, name, text) {
  await page.setInputFiles("#files", { name, mimeType: "text/plain", buffer: Buffer.from(text) });
  await page.waitForFunction(() => /explained|failed|could not/.test(document.getElementById("state").textContent));
}

function cluster(nodes, sets, { name = (n) => `node-${String(n).padStart(5, "0")}` } = {}) {
  const items = [];
  for (let n = 0; n < nodes; n += 1) items.push({ apiVersion: "v1", kind: "Node", metadata: { name: name(n), labels: n % 4 ? { disk: "ssd" } : {} } });
  for (let s = 0; s < sets; s += 1) {
    const uid = `set-${s}`;
    items.push({
      apiVersion: "apps/v1", kind: "DaemonSet",
      metadata: { name: `agent-${s}`, namespace: "infra", uid, generation: 2, annotations: { "deprecated.daemonset.template.generation": "2" } },
      spec: { selector: { matchLabels: { app: uid } }, template: { metadata: { labels: { app: uid } }, spec: { nodeSelector: { disk: "ssd" }, containers: [] } } },
      status: { observedGeneration: 2 },
    });
    for (let n = 0; n < nodes; n += 1) {
      if (n % 4 === 0 || n % 7 === s) continue;
      items.push({
        apiVersion: "v1", kind: "Pod",
        metadata: { name: `agent-${s}-${n}`, namespace: "infra", uid: `${uid}-${n}`, labels: { app: uid, "pod-template-generation": n % 3 ? "2" : "1" }, ownerReferences: [{ apiVersion: "apps/v1", kind: "DaemonSet", name: `agent-${s}`, uid, controller: true }] },
        spec: { nodeName: name(n) },
        status: { phase: "Running", conditions: [{ type: "Ready", status: n % 11 ? "True" : "False", lastTransitionTime: "2026-03-01T12:00:00Z" }] },
      });
    }
  }
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

test("an example is explained, and nothing is asked of anywhere", async () => {
  const { page, seen } = await open(PAGE);
  await page.click("#example");
  await page.waitForSelector("article");
  const article = await page.textContent("article");
  assert.match(article, /infra\/agent/);
  assert.match(article, /blocked/);
  assert.match(article, /roll back to revision 1/);
  assert.match(article, /The budget: ?3 nodes should run it|3 nodes should run it/);
  assert.doesNotMatch(article, /\[object|undefined|null/);
  const outside = seen.requests.filter((url) => url !== PAGE && !url.startsWith("blob:"));
  assert.deepEqual(outside, []);
  assert.deepEqual(seen.errors, []);
  await page.screenshot({ path: `${PICTURES}example-light.png`, fullPage: true });
});

test("the policy lets no request out, whoever makes it", async () => {
  let asked = 0;
  const server = createServer((_, answer) => {
    asked += 1;
    answer.setHeader("Access-Control-Allow-Origin", "*");
    answer.end("{}");
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${server.address().port}/`;
  const { page } = await open(PAGE);
  const answers = await page.evaluate(async (url) => {
    const tried = [];
    tried.push(await fetch(url).then(() => "sent", () => "refused"));
    tried.push(await new Promise((done) => {
      const image = new Image();
      image.onload = () => done("sent");
      image.onerror = () => done("refused");
      image.src = url;
    }));
    tried.push(await new Promise((done) => {
      const script = document.createElement("script");
      script.onload = () => done("sent");
      script.onerror = () => done("refused");
      script.src = url;
      document.body.append(script);
    }));
    tried.push(navigator.sendBeacon(url, "x") ? "queued" : "refused");
    tried.push(await new Promise((done) => {
      const socket = new WebSocket(url.replace("http", "ws"));
      socket.onopen = () => done("sent");
      socket.onerror = () => done("refused");
    }));
    return tried;
  }, url);
  assert.deepEqual(answers.slice(0, 3), ["refused", "refused", "refused"]);
  assert.equal(answers[4], "refused");
  await page.waitForTimeout(300);
  server.close();
  assert.equal(asked, 0);
});

test("hostile names are text", async () => {
  const { page, seen } = await open(PAGE);
  const evil = "</script><img src=x onerror=alert(1)>\u202e\u0007";
  const text = JSON.stringify({
    apiVersion: "v1", kind: "List", items: [
      { apiVersion: "v1", kind: "Node", metadata: { name: evil } },
      { apiVersion: "apps/v1", kind: "DaemonSet", metadata: { name: evil, namespace: evil, uid: "1" }, spec: { selector: { matchLabels: { app: evil } }, template: { metadata: { labels: { app: evil } } } } },
    ],
  });
  await give(page, "evil<b>.json", text);
  const shown = await page.textContent("main");
  assert.match(shown, /<img src=x onerror=alert\(1\)>/);
  assert.equal(await page.locator("article img").count(), 0);
  assert.doesNotMatch(shown, /[\u202e\u0007]/);
  assert.deepEqual(seen.dialogs, []);
});

test("the keyboard goes from node to node, and filters", async () => {
  const { page } = await open(PAGE);
  await give(page, "cluster.json", cluster(40, 2));
  const grid = page.locator("canvas");
  await grid.focus();
  await page.keyboard.press("Home");
  const first = await page.textContent(".here");
  await page.keyboard.press("ArrowRight");
  const second = await page.textContent(".here");
  assert.match(first, /node-00000: does not run it/);
  assert.match(second, /node-00001/);
  await page.keyboard.press("End");
  assert.match(await page.textContent(".here"), /node-00039/);
  const missing = page.locator(".legend button", { hasText: "no pod" });
  await missing.focus();
  await page.keyboard.press("Enter");
  assert.equal(await missing.getAttribute("aria-pressed"), "true");
  await page.locator("summary", { hasText: "table" }).click();
  // The table is filled when it opens.
  await page.locator("tbody tr").first().waitFor();
  const rows = await page.locator("tbody tr").allTextContents();
  assert.ok(rows.length > 0 && rows.every((row) => row.includes("no pod")), rows.join("\n"));
  // Every DaemonSet can be chosen.
  await page.locator("nav button").nth(1).focus();
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("nav button").nth(1).getAttribute("aria-current"), "true");
});

test("a new version is held against the dump", async () => {
  const { page, seen } = await open(PAGE);
  assert.equal(await page.locator("#change").isVisible(), false);
  await give(page, "cluster.json", cluster(40, 2));
  await page.locator("summary", { hasText: "What would a new version do?" }).click();
  await page.click("#compare");
  assert.match(await page.textContent("#state-new"), /Nothing is pasted yet/);
  await page.fill("#paste-new", JSON.stringify({
    apiVersion: "apps/v1", kind: "DaemonSet", metadata: { name: "agent-0", namespace: "infra" },
    spec: { selector: { matchLabels: { app: "set-0" } }, template: { metadata: { labels: { app: "set-0" } }, spec: { containers: [{ name: "agent", image: "agent:2<b>" }] } } },
  }));
  await page.focus("#compare");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => /compared|failed/.test(document.getElementById("state-new").textContent));
  const answer = await page.textContent("#difference");
  assert.match(answer, /infra\/agent-0: /);
  assert.match(answer, /agent:2<b>/);
  assert.match(answer, /left alone: infra\/agent-1/);
  assert.doesNotMatch(answer, /\[object|undefined|null/);
  // The answer before it stays.
  assert.match(await page.textContent("article"), /infra\/agent-/);
  assert.deepEqual(seen.errors, []);
  await page.evaluate(AXE);
  const found = await page.evaluate(() => window.axe.run(document));
  assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(", ")}`), []);
  await page.screenshot({ path: `${PICTURES}difference.png`, fullPage: true });
});

test("fixes come with the commands to type", async () => {
  const { page } = await open(PAGE);
  await page.click("#example");
  await page.waitForSelector("article");
  assert.match(await page.textContent("article pre.command"), /kubectl rollout undo ds\/agent -n infra --to-revision=1/);
  assert.match(await page.textContent("#moment"), /As of .*the newest time read/);
});

for (const file of ["packed.json.gz", "packed.json.zst"]) {
  test(`a dump may be packed (${file})`, async () => {
    const { page, seen } = await open(PAGE);
    await page.setInputFiles("#files", here(file));
    await page.waitForSelector("article");
    assert.match(await page.textContent("#moment"), /1 DaemonSet, 40 nodes/);
    assert.deepEqual(seen.errors, []);
  });
}

test("what could not be read is told", async () => {
  const { page } = await open(PAGE);
  await give(page, "broken.yaml", "a: [");
  assert.match(await page.textContent("#answer"), /broken\.yaml/);
  assert.match(await page.textContent("#answer"), /No DaemonSet was read/);
});

for (const colorScheme of ["light", "dark"]) {
  test(`no fault of accessibility is found (${colorScheme})`, async () => {
    const { page } = await open(PAGE, { colorScheme });
    await give(page, "cluster.json", cluster(200, 7));
    await page.locator("summary", { hasText: "A dump" }).click();
    await page.evaluate(AXE);
    const found = await page.evaluate(() => window.axe.run(document));
    assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(", ")}`), []);
    await page.screenshot({ path: `${PICTURES}cluster-${colorScheme}.png`, fullPage: true });
  });
}

test("10,000 nodes are drawn in a moment", async () => {
  const { page, seen } = await open(PAGE);
  await give(page, "cluster.json", cluster(10_000, 7));
  const milliseconds = await page.evaluate(async () => {
    const canvas = document.querySelector("canvas");
    canvas.focus();
    const begin = performance.now();
    for (let n = 0; n < 20; n += 1) {
      canvas.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
      await new Promise(requestAnimationFrame);
    }
    return (performance.now() - begin) / 20;
  });
  console.log(`a step in the grid of 10,000 nodes: ${milliseconds.toFixed(1)} ms`);
  assert.deepEqual(seen.errors, []);
  await page.screenshot({ path: `${PICTURES}large.png`, fullPage: true });
});

test("a report is the same page without a program", async () => {
  const { page, seen } = await open(REPORT);
  assert.match(await page.textContent("article"), /infra\/agent/);
  assert.equal(await page.locator("#input").isVisible(), false);
  assert.deepEqual(seen.errors, []);
  assert.deepEqual(seen.requests.filter((url) => url !== REPORT), []);
});
