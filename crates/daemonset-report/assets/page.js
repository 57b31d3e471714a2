// Shows a report. What comes from a cluster is only ever put in as text, never as HTML.
"use strict";
(() => {
  const KINDS = [
    ["missing", "no pod"],
    ["updatedUnavailable", "updated, not available"],
    ["outdatedUnavailable", "outdated, not available"],
    ["several", "several pods"],
    ["unknown", "not known whether outdated"],
    ["misscheduled", "misscheduled"],
    ["outdated", "outdated, available"],
    ["updated", "updated, available"],
    ["excluded", "does not run it"],
  ];
  const LISTED = 200;
  const byId = (id) => document.getElementById(id);

  // Control characters and those that turn the direction of text show as what they are.
  const plain = (text) =>
    String(text).replace(
      /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
      (c) => "\\u{" + c.codePointAt(0).toString(16) + "}",
    );

  function make(tag, properties, ...children) {
    const element = document.createElement(tag);
    for (const [key, value] of Object.entries(properties || {})) {
      if (key === "class") element.className = value;
      else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else if (value !== undefined) element.setAttribute(key, value);
    }
    for (const child of children.flat(Infinity)) {
      element.append(typeof child === "object" ? child : plain(child));
    }
    return element;
  }

  const count = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;

  function tell(text, where = "state") {
    byId(where).textContent = plain(text);
  }

  // Lines as `dsplan explain` prints them: "- " begins an item, two blanks a detail.
  function listed(lines) {
    const parts = [];
    let items = null;
    for (const line of lines) {
      if (line.startsWith("- ") || line.startsWith("  ")) {
        if (!items) parts.push((items = make("ul")));
        items.append(make("li", {}, line.slice(2)));
      } else {
        items = null;
        parts.push(make("p", {}, line));
      }
    }
    return parts;
  }

  // One DaemonSet's nodes as a grid of coloured cells.
  class Grid {
    constructor(report, set, here) {
      this.report = report;
      this.set = set;
      this.here = here;
      this.at = -1;
      this.only = null;
      this.canvas = make("canvas", {
        tabindex: "0",
        role: "application",
        "aria-roledescription": "grid of nodes",
        "aria-label": `Nodes of ${plain(set.namespace)}/${plain(set.name)}; the arrow keys go from node to node, and a table follows`,
      });
      this.canvas.addEventListener("mousemove", (event) => this.point(event));
      this.canvas.addEventListener("click", (event) => this.point(event));
      this.canvas.addEventListener("keydown", (event) => this.key(event));
      this.size = new ResizeObserver(() => this.draw());
      this.size.observe(this.canvas);
      this.dark = matchMedia("(prefers-color-scheme: dark)");
      this.redraw = () => this.draw();
      this.dark.addEventListener("change", this.redraw);
    }

    end() {
      this.size.disconnect();
      this.dark.removeEventListener("change", this.redraw);
    }

    get shown() {
      return this.list || (this.list = this.set.cells
        .map(([kind], at) => (this.only === null || kind === this.only ? at : -1))
        .filter((at) => at >= 0));
    }

    filter(kind) {
      this.only = kind;
      this.list = null;
      this.at = -1;
      this.draw();
    }

    draw() {
      const width = this.canvas.clientWidth;
      if (!width) return;
      const n = Math.max(1, this.shown.length);
      // As large as they fit in, of between 6 and 22 pixels.
      this.cell = Math.min(22, Math.max(6, Math.floor(Math.sqrt((width * 420) / n))));
      this.columns = Math.max(1, Math.floor(width / this.cell));
      const height = Math.ceil(n / this.columns) * this.cell + 2;
      const ratio = window.devicePixelRatio || 1;
      this.canvas.style.height = `${height}px`;
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
      const context = this.canvas.getContext("2d");
      context.scale(ratio, ratio);
      const style = getComputedStyle(this.canvas);
      const probe = make("span");
      this.canvas.after(probe);
      const colour = {};
      for (const [kind] of KINDS) {
        probe.style.color = `var(--${kind})`;
        colour[kind] = getComputedStyle(probe).color;
      }
      probe.remove();
      const gap = this.cell > 9 ? 2 : 1;
      this.shown.forEach((node, at) => {
        context.fillStyle = colour[this.set.cells[node][0]];
        context.fillRect(
          (at % this.columns) * this.cell + 1,
          Math.floor(at / this.columns) * this.cell + 1,
          this.cell - gap,
          this.cell - gap,
        );
      });
      if (this.at >= 0) {
        context.strokeStyle = style.color;
        context.lineWidth = 2;
        context.strokeRect(
          (this.at % this.columns) * this.cell + 1,
          Math.floor(this.at / this.columns) * this.cell + 1,
          this.cell - gap,
          this.cell - gap,
        );
      }
    }

    point(event) {
      const box = this.canvas.getBoundingClientRect();
      const column = Math.floor((event.clientX - box.left) / this.cell);
      const row = Math.floor((event.clientY - box.top) / this.cell);
      const at = row * this.columns + column;
      if (column < this.columns && at >= 0 && at < this.shown.length) this.go(at);
    }

    key(event) {
      const steps = {
        ArrowRight: 1,
        ArrowLeft: -1,
        ArrowDown: this.columns,
        ArrowUp: -this.columns,
      };
      const last = this.shown.length - 1;
      let to;
      if (event.key in steps) to = this.at < 0 ? 0 : this.at + steps[event.key];
      else if (event.key === "Home") to = 0;
      else if (event.key === "End") to = last;
      else return;
      event.preventDefault();
      if (to >= 0 && to <= last) this.go(to);
    }

    go(at) {
      if (at === this.at) return;
      this.at = at;
      this.draw();
      const node = this.shown[at];
      const [kind, reason] = this.set.cells[node];
      this.here.replaceChildren(
        make("strong", {}, this.report.nodes[node]),
        `: ${KINDS.find(([k]) => k === kind)[1]}. ${plain(this.set.reasons[reason] || "")}`,
      );
    }
  }

  let grid = null;

  function nodesTable(report, set, only) {
    const rows = [];
    let more = 0;
    set.cells.forEach(([kind, reason], at) => {
      if (only !== null && kind !== only) return;
      if (rows.length === LISTED) {
        more += 1;
        return;
      }
      rows.push(
        make("tr", {},
          make("th", { scope: "row" }, report.nodes[at]),
          make("td", {}, KINDS.find(([k]) => k === kind)[1]),
          make("td", {}, set.reasons[reason] || ""),
        ),
      );
    });
    const table = make("table", {},
      make("thead", {}, make("tr", {}, ["Node", "State", "Why"].map((t) => make("th", { scope: "col" }, t)))),
      make("tbody", {}, rows),
    );
    return more ? [table, make("p", { class: "soft" }, `and ${count(more, "more node")}; choose a state above to see fewer`)] : [table];
  }

  function fixes(set) {
    const parts = [];
    const groups = [
      [true, "What would help, proven on a copy of what was given"],
      [false, "What would help, not proven"],
    ];
    // The best fix comes first, of whichever kind it is.
    if (set.fixes.length && !set.fixes[0].proven) groups.reverse();
    for (const [proven, heading] of groups) {
      const these = set.fixes.filter((fix) => fix.proven === proven);
      if (!these.length) continue;
      parts.push(make("h3", {}, heading));
      parts.push(make("ul", {}, these.map((fix) => make("li", {}, fix.text,
        fix.commands.length ? make("pre", { class: "command" }, fix.commands.map((command) => [command, make("br")])) : []))));
    }
    return parts;
  }

  function showSet(report, set) {
    if (grid) grid.end();
    const here = make("p", { class: "here soft", "aria-live": "polite" }, "Point at a node, or use the arrow keys in the grid.");
    grid = new Grid(report, set, here);
    const total = {};
    for (const [kind] of set.cells) total[kind] = (total[kind] || 0) + 1;
    const table = make("div");
    const retable = () => table.replaceChildren(...nodesTable(report, set, grid.only));
    const legend = make("ul", { class: "legend", "aria-label": "States; press one to see its nodes alone" });
    for (const [kind, label] of KINDS) {
      if (!total[kind]) continue;
      const swatch = make("span", { class: "swatch", "aria-hidden": "true" });
      swatch.style.background = `var(--${kind})`;
      const button = make("button", {
        type: "button",
        "aria-pressed": "false",
        onclick: () => {
          const on = grid.only !== kind;
          for (const other of legend.querySelectorAll("button")) other.setAttribute("aria-pressed", "false");
          button.setAttribute("aria-pressed", String(on));
          grid.filter(on ? kind : null);
          if (all.open) retable();
        },
      }, swatch, `${total[kind]} ${label}`);
      legend.append(make("li", {}, button));
    }
    const all = make("details", { ontoggle: () => all.open && retable() }, make("summary", {}, "The nodes as a table"), table);
    const bar = make("div", { class: "bar", "aria-hidden": "true" });
    for (const [kind] of [...KINDS].reverse()) {
      if (!total[kind] || kind === "excluded") continue;
      const part = make("span");
      part.style.background = `var(--${kind})`;
      part.style.flex = String(total[kind]);
      bar.append(part);
    }
    const [headline, ...others] = set.verdict;
    return make("article", { class: "card", "aria-labelledby": "set-title" },
      make("h2", { id: "set-title" }, `${set.namespace}/${set.name}`),
      make("p", {}, make("span", { class: `standing ${set.standing}` }, headline.split(":")[0]), headline.slice(headline.split(":")[0].length)),
      listed(others),
      bar,
      fixes(set),
      make("h3", {}, `Nodes (${set.cells.length})`),
      legend,
      grid.canvas,
      here,
      all,
      set.budget.length ? make("details", {}, make("summary", {}, "The budget, node by node"), listed(set.budget)) : [],
    );
  }

  function show(report) {
    byId("moment").textContent = plain(
      `${count(report.daemonSets.length, "DaemonSet")}, ${count(report.nodes.length, "node")}. ${report.moment.join(" ")}`,
    );
    const answer = byId("answer");
    const notes = report.notes.length
      ? [make("details", { open: "" }, make("summary", {}, `${count(report.notes.length, "remark")} on what was read`),
          make("ul", {}, report.notes.slice(0, LISTED).map((note) => make("li", {}, note))))]
      : [];
    if (!report.daemonSets.length) {
      answer.replaceChildren(...notes, make("p", {}, "No DaemonSet was read."));
      return;
    }
    const pane = make("div");
    const list = make("ul", { class: "sets" });
    const choose = (set, button) => {
      for (const other of list.querySelectorAll("button")) other.removeAttribute("aria-current");
      button.setAttribute("aria-current", "true");
      pane.replaceChildren(showSet(report, set));
    };
    for (const set of report.daemonSets) {
      const button = make("button", { type: "button", onclick: () => choose(set, button) },
        make("span", { class: `standing ${set.standing}` }, set.standing), ` ${set.namespace}/${set.name}`,
        make("br"), make("span", { class: "soft" }, `${set.available} of ${set.desired} available, ${set.updated} updated`));
      list.append(make("li", {}, button));
    }
    answer.replaceChildren(...notes, make("div", { class: "split" },
      make("nav", { "aria-label": "DaemonSets, the most urgent first" }, list), pane));
    choose(report.daemonSets[0], list.querySelector("button"));
  }

  // What new manifests would do to the cluster.
  function showDifference(diff) {
    const absent = diff.daemonSets.filter((set) => set.outcome === "absent");
    const sets = diff.daemonSets.filter((set) => set.outcome !== "absent").map((set) => [
      make("h3", {}, `${set.namespace}/${set.name}: ${set.headline}`),
      set.withheld ? make("p", {}, set.withheld) : [],
      make("ul", {}, set.details.map((line) => make("li", {}, line))),
    ]);
    const names = absent.slice(0, LISTED).map((set) => `${set.namespace}/${set.name}`).join(", ");
    const rest = absent.length > LISTED ? ` and ${absent.length - LISTED} more` : "";
    byId("difference").replaceChildren(
      ...diff.notes.map((note) => make("p", { class: "soft" }, `Note: ${note}.`)),
      ...(diff.summary ? [make("p", {}, diff.summary)] : []),
      ...sets.flat(Infinity),
      ...(names ? [make("p", { class: "soft" }, `Not among the new manifests, so left alone: ${names}${rest}.`)] : []),
    );
  }

  // A report is in the page, or a program that makes one.
  const given = byId("report").textContent.trim();
  if (given) {
    show(JSON.parse(given));
    return;
  }
  const input = byId("input");
  const change = byId("change");
  input.hidden = false;
  const bytes = Uint8Array.from(atob(byId("program").textContent.trim()), (c) => c.charCodeAt(0));
  const source = new Blob([byId("worker").textContent], { type: "text/javascript" });
  const worker = new Worker(URL.createObjectURL(source));
  worker.postMessage({ program: bytes });
  worker.onmessage = ({ data }) => {
    const where = data.verb === "diff" ? "state-new" : "state";
    if (data.error) {
      tell(`The program failed on this input: ${data.error}. Please report it, without the data if that is secret.`, where);
      return;
    }
    const answer = JSON.parse(data.answer);
    if (data.verb === "diff") {
      const found = answer.daemonSets.filter((set) => set.outcome !== "absent").length;
      tell(found ? `${count(found, "DaemonSet")} compared.` : "No DaemonSet was read there.", where);
      showDifference(answer);
      byId("difference").focus();
      return;
    }
    tell(`${count(answer.daemonSets.length, "DaemonSet")} explained.`);
    show(answer);
    change.hidden = !answer.daemonSets.length;
    byId("difference").replaceChildren();
    tell("", "state-new");
    if (answer.daemonSets.length) input.open = false;
    byId("answer").focus();
  };

  async function ofFile(file) {
    return { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
  }

  // A place to drop, choose or paste what a question is about.
  function place({ verb, drop, files, paste, button, state }) {
    const ask = (sources) => {
      if (!sources.length) return;
      tell("Reading …", state);
      worker.postMessage({ verb, sources });
    };
    const read = async (chosen) => {
      try {
        ask(await Promise.all([...chosen].map(ofFile)));
      } catch (error) {
        tell(`The file could not be read: ${error}`, state);
      }
    };
    byId(files).addEventListener("change", (event) => {
      read(event.target.files);
      // So that the same file can be chosen again after it changed.
      event.target.value = "";
    });
    byId(button).addEventListener("click", () => {
      const pasted = byId(paste).value;
      if (pasted.trim()) ask([text("pasted text", pasted)]);
      else tell("Nothing is pasted yet.", state);
    });
    return { box: byId(drop), ask, read };
  }

  const text = (name, value) => ({ name, bytes: new TextEncoder().encode(value) });
  const dump = place({ verb: "report", drop: "drop", files: "files", paste: "paste", button: "read", state: "state" });
  const manifests = place({ verb: "diff", drop: "drop-new", files: "new-files", paste: "paste-new", button: "compare", state: "state-new" });
  byId("example").addEventListener("click", () => dump.ask([text("example.yaml", JSON.parse(byId("example-dump").textContent))]));
  // What falls beside the place for manifests is a dump.
  const under = (event) => (!change.hidden && change.contains(event.target) ? manifests : dump);
  addEventListener("dragover", (event) => {
    event.preventDefault();
    for (const it of [dump, manifests]) it.box.classList.toggle("over", it === under(event));
  });
  addEventListener("dragleave", () => [dump, manifests].forEach((it) => it.box.classList.remove("over")));
  addEventListener("drop", (event) => {
    event.preventDefault();
    for (const it of [dump, manifests]) it.box.classList.remove("over");
    under(event).read(event.dataTransfer.files);
  });
})();
