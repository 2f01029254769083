// Sorting, filtering, choosing columns, taking rows along, explaining figures, the method of
// attribution, colours, and drawing the charts. Without it every page still shows its figures, by
// the default method.
(function () {
  "use strict";

  const root = document.documentElement;

  function remembered(name) {
    try { return localStorage.getItem("reachline." + name) || ""; } catch { return ""; }
  }
  function remember(name, value) {
    try { localStorage.setItem("reachline." + name, value); } catch { /* not kept: it works anyway */ }
  }

  function setTheme(theme) {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  }
  setTheme(remembered("theme")); // before anything is painted

  // --- the reader's language: texts.js has its texts, where it is not the one in which they stand here

  const { said = {}, numbers: formatLocale, times: timeFormatLocale } = window.reachlineTexts || {};
  const plural = new Intl.PluralRules(root.lang);

  function filled(text, parts) {
    return text.replace(/{(\w+)}/g, (_, name) => {
      const part = parts[name];
      return typeof part === "number" && formatLocale ? part.toLocaleString(root.lang) : part;
    });
  }
  const gettext = (text, parts = {}) => filled(said[text] ?? text, parts);
  function ngettext(one, many, count) {
    const forms = said[one];
    return filled(forms ? forms[plural.select(count)] : count === 1 ? one : many, { count });
  }

  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  // --- the method of attribution

  function setMethod(method) {
    for (const part of document.querySelectorAll("[data-method]")) {
      part.hidden = !part.dataset.method.split(" ").includes(method);
    }
  }

  // --- what is sought, sorted and shown stands in the address, so that Back and reload keep it:
  // #~<table>.q=…&<table>.sort=-<column>&<table>.hide=<column>,…&<table>.from=<day>&<table>.to=<day>

  function state() {
    return new URLSearchParams(location.hash.startsWith("#~") ? location.hash.slice(2) : "");
  }
  function keep(table, name, value) {
    const now = state();
    if (value) now.set(table.id + "." + name, value);
    else now.delete(table.id + "." + name);
    const hash = now.toString() ? "#~" + now : " ";
    history.replaceState(history.state, "", hash === " " ? location.pathname + location.search : hash);
    leaveWord();
  }

  // --- the way back by a page's crumbs keeps what was sought there. It is written down with each
  // change, since a page may be hidden only after the next one has read; and it is read at the click,
  // also at one that comes before the page is whole

  function leaveWord() {
    try { sessionStorage.setItem("reachline.at." + location.pathname, location.hash); } catch { /* as above */ }
  }
  document.addEventListener("click", (event) => {
    const crumb = event.target.closest?.(".crumbs a");
    if (!crumb) return;
    try {
      const at = sessionStorage.getItem("reachline.at." + crumb.pathname) || "";
      if (at.startsWith("#~")) crumb.hash = at;
    } catch { /* as above */ }
  });

  // Bring the table into sight that a link leads to with what is sought in it.
  function showSought() {
    const [name] = [...state().keys()].filter((key) => key.endsWith(".q"));
    const table = name && document.getElementById(name.slice(0, -2));
    if (!table) return;
    const fold = table.closest("details.fold");
    if (fold) fold.open = true;
    table.closest(".table").scrollIntoView();
  }

  // --- tables: sorted by any column, searched, columns chosen, and taken along

  function sortValue(cell) {
    if (!cell || "null" in cell.dataset) return null;
    if (cell.dataset.value !== undefined) return Number(cell.dataset.value);
    const time = cell.querySelector("time");
    return time ? time.dateTime : cell.textContent.trim();
  }

  function compare(a, b) {
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), root.lang, { numeric: true });
  }

  const heads = (table) => Array.from(table.tHead.rows[0].cells);
  const wordsOf = (header) => header.firstChild.textContent.trim();

  function sortBy(table, place, direction) {
    const body = table.tBodies[0];
    const rows = Array.from(body.rows, (row) => [sortValue(row.cells[place]), row]);
    rows.sort(([a], [b]) => {
      if (a === null || b === null) return (a === null) - (b === null); // unknown: always last
      return direction * compare(a, b);
    });
    body.append(...rows.map(([, row]) => row));
    for (const header of heads(table)) {
      const here = header.cellIndex === place;
      if (here) header.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
      else header.removeAttribute("aria-sort");
      header.querySelector(".sort").textContent = here ? (direction > 0 ? "↑" : "↓") : "↕";
    }
  }

  function makeSortable(table) {
    for (const header of heads(table)) {
      const button = element("button", { type: "button", class: "sort", "aria-label": gettext("Sort by {column}", { column: wordsOf(header) }) }, "↕");
      const first = header.classList.contains("n") ? -1 : 1; // of figures the largest is asked for
      button.addEventListener("click", () => {
        const now = header.getAttribute("aria-sort");
        const turn = now === (first > 0 ? "ascending" : "descending") ? -first : first;
        sortBy(table, header.cellIndex, turn);
        keep(table, "sort", (turn < 0 ? "-" : "") + header.dataset.column);
      });
      header.append(" ", button);
    }
  }

  function makeSearch(table, caption) {
    const input = element("input", { type: "search", "aria-label": gettext("Filter: {table}", { table: caption }) });
    const status = element("span", { role: "status" });
    const rows = Array.from(table.tBodies[0].rows);
    let texts = null;
    function apply() {
      // read when somebody first seeks: a long list opens faster
      texts ??= new Map(rows.map((row) => [row, row.textContent.toLocaleLowerCase(root.lang)]));
      const sought = input.value.toLocaleLowerCase(root.lang).split(/\s+/).filter(Boolean);
      let found = 0;
      for (const [row, text] of texts) {
        const fits = sought.every((word) => text.includes(word));
        row.classList.toggle("filtered", !fits);
        if (fits && !row.hidden && !row.classList.contains("outside")) found += 1;
      }
      // totals are of all rows
      if (table.tFoot) table.tFoot.hidden = sought.length > 0;
      status.textContent = sought.length ? ngettext("{count} row", "{count} rows", found) : "";
    }
    input.addEventListener("input", () => {
      apply();
      keep(table, "q", input.value);
    });
    return { parts: [element("label", {}, gettext("Filter") + " ", input), status], input, apply };
  }

  // --- days or weeks from one to another: their rows alone, in the chart too, and what they and as
  // many days before come to

  const DAY = 86400000;
  const POINT = (1.5).toLocaleString(root.lang).charAt(1);

  function makeRange(table, caption) {
    const rows = Array.from(table.tBodies[0].rows, (row) => [row.cells[0].querySelector("time")?.dateTime, row]);
    const days = rows.map(([day]) => day).sort();
    if (rows.length < 8 || days.includes(undefined)) return null;
    const [first, last] = [days[0], days[days.length - 1]];
    const field = (name, words) => element("input", { type: "date", min: first, max: last, "aria-label": words + ": " + caption, name });
    const from = field("from", gettext("From")), to = field("to", gettext("To"));
    const perDay = new Set(days).size === days.length;
    const adding = perDay ? heads(table).filter((header) => "addsUp" in header.dataset) : [];

    function sums(words, those) {
      const made = element("tr", {}, element("th", { scope: "row" }, words));
      for (const header of heads(table).slice(1)) {
        const cells = those.map((row) => row.cells[header.cellIndex]);
        const known = cells.filter((cell) => cell.dataset.value !== undefined);
        const adds = adding.includes(header);
        const cell = element("td", adds ? { class: known.length ? "n" : "null" } : {});
        if (adds && known.length) {
          const digits = Math.max(...known.map((one) => (one.firstChild.textContent.split(POINT)[1] || "").replace(/\D/g, "").length));
          const sum = known.reduce((total, one) => total + Number(one.dataset.value), 0);
          cell.append(sum.toLocaleString(root.lang, { minimumFractionDigits: digits, maximumFractionDigits: digits }).replace("-", "−"));
          if (known.length < cells.length) cell.append(" ", element("small", {}, gettext("{some} of {all} known", { some: known.length, all: cells.length })));
        } else if (adds) cell.append(gettext("none is known"));
        cell.hidden = header.hidden;
        made.append(cell);
      }
      return made;
    }

    function apply() {
      const [low, high] = [from.value || first, to.value || last];
      const chosen = Boolean(from.value || to.value);
      for (const [day, row] of rows) row.classList.toggle("outside", day < low || day > high);
      if (adding.length) {
        table.tFoot?.remove();
        const length = Math.round((Date.parse(high) - Date.parse(low)) / DAY) + 1;
        const start = new Date(Date.parse(low) - length * DAY).toISOString().slice(0, 10);
        const within = rows.filter(([day]) => low <= day && day <= high).map(([, row]) => row);
        const before = rows.filter(([day]) => start <= day && day < low).map(([, row]) => row);
        if (chosen && within.length) {
          const foot = table.createTFoot();
          foot.append(sums(ngettext("This day", "These {count} days", within.length), within));
          if (before.length) foot.append(sums(ngettext("The {count} before", "The {count} before", before.length), before));
        }
      }
      drawCharts(table);
    }
    for (const input of [from, to]) {
      input.addEventListener("change", () => {
        apply();
        keep(table, input.name, input.value);
      });
    }
    return { parts: [element("label", {}, gettext("From") + " ", from), element("label", {}, gettext("to") + " ", to)], from, to, apply };
  }

  function show(table, place, shown) {
    for (const part of [table.tHead, ...table.tBodies, table.tFoot]) {
      for (const row of part ? part.rows : []) row.cells[place].hidden = !shown;
    }
  }

  function makeChooser(table, caption) {
    const boxes = new Map();
    const list = element("div", { class: "choices-of-columns", role: "group", "aria-label": gettext("Columns: {table}", { table: caption }) });
    for (const header of heads(table).slice(1)) {
      const box = element("input", { type: "checkbox", value: header.dataset.column });
      box.checked = true;
      box.addEventListener("change", () => {
        show(table, header.cellIndex, box.checked);
        keep(table, "hide", Array.from(boxes.values()).filter((one) => !one.checked).map((one) => one.value).join(","));
      });
      boxes.set(header, box);
      list.append(element("label", {}, box, " " + wordsOf(header)));
    }
    return { part: element("details", { class: "chooser" }, element("summary", {}, gettext("Columns")), list), boxes };
  }

  // what a spreadsheet would take for a formula is kept a text
  const harmless = (text) => (/^[=+\-@\t\r]/.test(text) ? "'" + text : text);

  function lines(table) {
    const columns = heads(table).filter((header) => !header.hidden);
    const unit = (header) => (header.querySelector("small") ? " (" + header.querySelector("small").textContent + ")" : "");
    const made = [columns.map((header) => harmless(wordsOf(header) + unit(header)))];
    for (const row of table.tBodies[0].rows) {
      if (row.hidden || row.matches(".filtered, .outside")) continue;
      made.push(columns.map(({ cellIndex }) => {
        const cell = row.cells[cellIndex];
        if ("null" in cell.dataset || cell.classList.contains("null")) return "";
        if (cell.dataset.value !== undefined) return cell.dataset.value;
        const time = cell.querySelector("time");
        return time ? time.dateTime : harmless(cell.textContent.replace(/\s+/g, " ").trim());
      }));
    }
    return made;
  }

  async function copied(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = element("textarea", { "aria-hidden": "true", class: "aside" });
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  }

  function makeTaking(table, caption) {
    const said = element("span", { role: "status" });
    const copy = element("button", { type: "button", "aria-label": gettext("Copy: {table}", { table: caption }) }, gettext("Copy"));
    copy.addEventListener("click", async () => {
      const made = lines(table);
      const done = await copied(made.map((line) => line.join("\t")).join("\n"));
      said.textContent = done ? ngettext("{count} rows copied", "{count} rows copied", made.length - 1) : gettext("The browser did not let it be copied");
    });
    const save = element("button", { type: "button", "aria-label": "CSV: " + caption }, "CSV");
    save.addEventListener("click", () => {
      const quoted = (text) => (/[",\n;]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text);
      const text = "\ufeff" + lines(table).map((line) => line.map(quoted).join(",")).join("\r\n") + "\r\n";
      const link = element("a", { href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: table.id + ".csv" });
      link.click();
      URL.revokeObjectURL(link.href);
    });
    return [copy, save, said];
  }

  const restored = [];

  function makeTools(table) {
    const rows = Array.from(table.tBodies[0].rows);
    if (rows.length < 2) return;
    makeSortable(table);
    const caption = document.getElementById(table.id + "-caption").textContent;
    const tools = element("div", { class: "tools" });
    const search = rows.filter((row) => !row.hidden).length < 8 ? null : makeSearch(table, caption);
    if (search) tools.append(...search.parts);
    const range = makeRange(table, caption);
    if (range) tools.append(...range.parts);
    const chooser = heads(table).length < 6 ? null : makeChooser(table, caption);
    if (chooser) tools.append(chooser.part);
    tools.append(...makeTaking(table, caption));
    table.closest(".scroll").before(tools);
    restored.push(() => {
      const now = state();
      const of = (name) => now.get(table.id + "." + name) || "";
      if (search && search.input.value !== of("q")) {
        search.input.value = of("q");
        search.apply();
      }
      const sort = of("sort");
      const header = heads(table).find((one) => one.dataset.column === sort.replace(/^-/, ""));
      if (sort && header) sortBy(table, header.cellIndex, sort.startsWith("-") ? -1 : 1);
      const hide = new Set(of("hide").split(","));
      for (const [one, box] of chooser ? chooser.boxes : []) {
        if (box.checked === hide.has(box.value)) {
          box.checked = !box.checked;
          show(table, one.cellIndex, box.checked);
        }
      }
      if (range && (range.from.value !== of("from") || range.to.value !== of("to"))) {
        range.from.value = of("from");
        range.to.value = of("to");
        range.apply();
      }
      if ((search && of("q")) || of("from") || of("to")) {
        const fold = table.closest("details.fold");
        if (fold) fold.open = true;
      }
    });
  }

  // --- posts: a mark in the colour of the platform, and at a click the post itself, from the platform.
  // Nothing is asked of it before. base.html.j2 lists whose frames a page may show.

  const PLATFORMS = [
    // host, mark, path of a post, where its frame is
    [/(^|\.)instagram\.com$/, "IG", /\/(p|reel|tv)\/([\w-]+)/, (_, kind, code) => "https://www.instagram.com/" + kind + "/" + code + "/embed/"],
    [/(^|\.)tiktok\.com$/, "TT", /\/(?:video|photo)\/(\d+)/, (_, id) => "https://www.tiktok.com/player/v1/" + id],
    [/(^|\.)youtube\.com$/, "YT", /\/(?:shorts\/|live\/|watch\?(?:.*&)?v=)([\w-]{11})/, (_, id) => "https://www.youtube-nocookie.com/embed/" + id],
    [/^youtu\.be$/, "YT", /^\/([\w-]{11})/, (_, id) => "https://www.youtube-nocookie.com/embed/" + id],
    [/(^|\.)(x|twitter)\.com$/, "X", /\/status\/(\d+)/, (_, id) => "https://platform.twitter.com/embed/Tweet.html?dnt=true&id=" + id],
    // its frames know accounts by their DID alone
    [/^bsky\.app$/, "BS", /\/profile\/(did:[\w:.%-]+)\/post\/(\w+)/, (_, did, key) => "https://embed.bsky.app/embed/" + did + "/app.bsky.feed.post/" + key],
    [/(^|\.)threads\.(net|com)$/, "TH", /\/(@[\w.]+)\/post\/([\w-]+)/, (_, name, code) => "https://www.threads.net/" + name + "/post/" + code + "/embed"],
    [/(^|\.)reddit\.com$/, "RE", /\/r\/\w+\/comments\/\w+[^?]*/, (path) => "https://embed.reddit.com" + path],
  ];

  // Of an address that no browser can read, a link's host is empty.
  function frameOf(link) {
    const found = PLATFORMS.find(([host]) => host.test(link.hostname));
    if (!found) return ["", ""];
    const [, mark, path, frame] = found;
    const post = (link.pathname + link.search).match(path);
    // YouTube shows nothing to a page that has no address on the web
    const asks = post && !(mark === "YT" && location.protocol === "file:");
    return [mark, asks ? frame(...post) : ""];
  }

  function markPosts() {
    for (const link of document.querySelectorAll("td a.out")) {
      const [mark, address] = frameOf(link);
      const words = link.parentElement.querySelector("span");
      if (!mark || !words) continue;
      if (!address) {
        words.before(element("span", { class: "mark", "data-mark": mark, "aria-hidden": "true" }), " ");
        continue;
      }
      const button = element("button", {
        type: "button", class: "mark", "data-mark": mark, "aria-expanded": "false",
        "aria-label": gettext("Show the post here: {words}", { words: words.textContent.slice(0, 40) }),
      });
      let frame = null;
      button.addEventListener("click", () => {
        if (frame) {
          frame.remove();
          frame = null;
        } else {
          frame = element("iframe", {
            src: address, class: "post", title: gettext("The post, from its platform"), loading: "lazy",
            sandbox: "allow-scripts allow-same-origin allow-popups", referrerpolicy: "strict-origin-when-cross-origin",
          });
          link.parentElement.append(frame);
        }
        button.setAttribute("aria-expanded", String(Boolean(frame)));
      });
      words.before(button, " ");
    }
  }

  // A picture that the team's files name: nothing is asked of its host before a click, and then no address
  // of this page is told. What stands in its place says whose it is, also where there is no way to it.
  function offerPictures() {
    for (const words of document.querySelectorAll("td span[data-picture]")) {
      const first = words.textContent.slice(0, 40), address = words.dataset.picture;
      const button = element("button", {
        type: "button", class: "mark", "data-mark": "▣", "aria-expanded": "false",
        "aria-label": gettext("Show the picture here: {words}", { words: first }),
      });
      let figure = null;
      button.addEventListener("click", () => {
        if (figure) {
          figure.remove();
          figure = null;
        } else {
          const host = new URL(address).hostname;
          const place = element("p", { role: "status" }, gettext("Asking {host} for the picture: {words}", { host, words: first }));
          const picture = element("img", { alt: gettext("The picture of the post: {words}", { words: first }), referrerpolicy: "no-referrer" });
          picture.addEventListener("load", () => place.replaceWith(picture));
          picture.addEventListener("error", () => {
            place.textContent = gettext("{host} does not show the picture: it is gone, or there is no way to it.", { host });
          });
          figure = element("div", { class: "picture" }, place);
          words.parentElement.append(figure);
          picture.src = address;
        }
        button.setAttribute("aria-expanded", String(Boolean(figure)));
      });
      words.before(button, " ");
    }
  }

  // --- what a figure means: at the pointer, at the keyboard's focus, at a tap

  const FIGURE = "[data-value], td[data-null], dd[data-null], thead th a, .stats dt a";
  let tip = null, tipOf = null, waiting = 0;

  function hideTip() {
    clearTimeout(waiting);
    if (!tip) return;
    tip.remove();
    tipOf.removeAttribute("aria-describedby");
    tip = tipOf = null;
  }

  function definitionOf(part) {
    if (part.matches("a")) return part;
    const cell = part.closest("td, th, dd");
    if (!cell) return null;
    if (cell.tagName === "DD") return cell.parentElement.querySelector("dt a");
    return cell.closest("table").tHead.rows[0].cells[cell.cellIndex].querySelector("a");
  }

  function explain(part) {
    hideTip();
    const definition = definitionOf(part);
    if (!definition || !window.reachlineWords) return;
    const found = window.reachlineWords[definition.hash.slice(1)];
    if (!found) return;
    const [label, sentence, unknown, source] = found;
    const made = element("div", { id: "tip", role: "tooltip" });
    const line = (text, kind) => made.append(element("p", kind ? { class: kind } : {}, text));
    made.append(element("p", {}, element("strong", {}, label)));
    line(sentence.endsWith(".") ? sentence : sentence + ".");
    const cell = part.closest("td, dd");
    const note = cell && cell.querySelector("small");
    if ("null" in part.dataset) {
      line(gettext("No figure here: {why}.", { why: part.textContent }));
      if (unknown) line(gettext("What leaves it without one: {why}.", { why: unknown }), "soft");
    }
    if (!("null" in part.dataset) && note && note.textContent) line(gettext("Here: {note}.", { note: note.textContent }));
    if (part.dataset.value) line(gettext("Exactly {value}.", { value: part.dataset.value }), "soft");
    const asOf = { day: root.dataset.asOf, source };
    line((source ? gettext("As of {day}, from {source}.", asOf) : gettext("As of {day}.", asOf)) + " ", "soft");
    made.lastChild.append(element("a", { href: definition.getAttribute("href") }, gettext("Definition")));
    document.body.append(made);
    const box = part.getBoundingClientRect();
    const size = made.getBoundingClientRect();
    const below = box.bottom + size.height + 8 < innerHeight || box.top < size.height + 8;
    made.style.left = Math.max(8, Math.min(scrollX + box.left, scrollX + root.clientWidth - size.width - 8)) + "px";
    made.style.top = scrollY + (below ? box.bottom + 4 : box.top - size.height - 4) + "px";
    part.setAttribute("aria-describedby", "tip");
    tip = made;
    tipOf = part;
  }

  function watchFigures() {
    document.addEventListener("pointerover", (event) => {
      if (event.pointerType === "touch") return;
      if (tip && tip.contains(event.target)) return clearTimeout(waiting);
      const part = event.target.closest(FIGURE);
      if (part && part === tipOf) return clearTimeout(waiting);
      clearTimeout(waiting);
      waiting = setTimeout(() => (part ? explain(part) : hideTip()), part ? 250 : 150);
    });
    document.addEventListener("focusin", (event) => {
      if (tip && tip.contains(event.target)) return;
      if (event.target.matches(FIGURE) && event.target.matches(":focus-visible")) explain(event.target);
      else hideTip();
    });
    document.addEventListener("click", (event) => {
      if (event.pointerType !== "touch" || (tip && tip.contains(event.target))) return;
      const part = event.target.closest(FIGURE);
      if (!part) return hideTip();
      if (part === tipOf) return;
      event.preventDefault(); // the first tap explains; the definition is one more away
      explain(part);
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") return hideTip();
      const cell = event.target.closest("table td, table th");
      const step = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!cell || !step || event.target.closest("summary, input")) return;
      const table = cell.closest("table");
      const rows = Array.from(table.rows).filter((row) => row.checkVisibility());
      const row = rows[rows.indexOf(cell.parentElement) + step[0]];
      let place = cell.cellIndex + step[1];
      while (row && row.cells[place] && row.cells[place].hidden) place += step[1] || 1;
      const next = row && row.cells[place];
      if (!next) return;
      event.preventDefault();
      const head = next.closest("thead") && next.querySelector("a");
      if (head) return head.focus();
      next.tabIndex = -1;
      next.focus();
    });
  }

  // --- charts: drawn from the figures of the table that they stand beside

  function rowsOf(table) {
    const rows = [];
    const columns = Array.from(table.tHead.rows[0].cells, (header) => header.dataset.column);
    for (const row of table.tBodies[0].rows) {
      if (row.hidden || row.classList.contains("outside")) continue;
      const values = {};
      for (const cell of row.cells) {
        values[columns[cell.cellIndex]] = sortValue(cell);
      }
      rows.push(values);
    }
    return rows;
  }

  const look = (width) => ({
    background: "transparent",
    font: "system-ui, sans-serif",
    view: { stroke: null },
    axis: {
      labelColor: "var(--soft)", titleColor: "var(--soft)", gridColor: "var(--line)",
      domainColor: "var(--line)", tickColor: "var(--line)", labelFontSize: 12, titleFontSize: 12,
      labelLimit: Math.max(140, Math.min(260, 0.3 * width)), titleFontWeight: "normal", labelPadding: 6,
    },
    axisY: { domain: false, ticks: false },
    axisQuantitative: { labelOverlap: true, labelSeparation: 8 },
    legend: {
      orient: "top", labelColor: "var(--ink)", titleColor: "var(--soft)", labelFontSize: 12,
      symbolType: "square", offset: 6, columns: Math.max(2, Math.floor(width / 160)),
      labelLimit: Math.max(120, 0.4 * width),
    },
    mark: { color: "var(--chart-1)", tooltip: true },
    bar: { color: "var(--chart-1)" },
    point: { color: "var(--chart-1)" },
    rule: { color: "var(--chart-1)" },
    tick: { color: "var(--chart-1)" },
    range: { category: [1, 2, 3, 4, 5, 6, 7].map((place) => "var(--chart-" + place + ")") },
  });
  const drawn = new Map();
  const columnWords = new Map(); // in another language: what stands over the columns of charts
  let ready = false;

  function chartTip(_handler, event, _item, value) {
    hideTip();
    if (!value) return;
    const rows = Object.entries(value).map(([name, text]) => element("p", {}, (columnWords.get(name) ?? name.replaceAll("_", " ")) + ": " + text));
    tip = element("div", { id: "tip", "aria-hidden": "true" }, ...rows);
    tipOf = event.target;
    document.body.append(tip);
    tip.style.left = Math.min(event.pageX + 12, scrollX + root.clientWidth - tip.offsetWidth - 8) + "px";
    tip.style.top = event.pageY + 12 + "px";
  }

  // Draw all charts, or those of one table, or (`ofMethods`) those that the method changes.
  function drawCharts(only, ofMethods) {
    if (!window.vegaEmbed || !ready) return;
    for (const place of document.querySelectorAll(".chart")) {
      const table = document.getElementById(place.dataset.of);
      if (only && table !== only) continue;
      if (ofMethods && !table.querySelector("[data-method]")) continue;
      const spec = { ...window.reachlineCharts[place.dataset.chart] };
      const { needs, by, ofBrands } = spec.usermeta;
      const rows = rowsOf(table).filter((row) => row[needs] !== null);
      if (formatLocale) for (const header of heads(table)) columnWords.set(header.dataset.column, wordsOf(header));
      place.closest("figure").hidden = !rows.length;
      if (by) spec.height *= new Set(rows.map((row) => row[by])).size;
      spec.datasets = { rows };
      if (ofBrands) {
        // a brand has one colour on all pages
        const brands = JSON.parse(root.dataset.brands);
        const domain = brands.filter((brand) => rows.some((row) => row.voice === brand));
        const range = domain.map((brand) => "var(--chart-" + ((brands.indexOf(brand) % 7) + 1) + ")");
        spec.encoding = { ...spec.encoding, color: { ...spec.encoding.color, scale: { domain, range } } };
      }
      if (!rows.length) {
        place.dataset.drawn = "";
        continue;
      }
      if (drawn.has(place)) drawn.get(place).finalize();
      window.vegaEmbed(place, spec, {
        // the interpreter (ast) needs no eval, which the page forbids
        actions: false, ast: true, config: look(place.clientWidth), defaultStyle: false,
        renderer: "svg", tooltip: chartTip, formatLocale, timeFormatLocale,
      }).then((result) => {
        drawn.set(place, result);
        place.dataset.drawn = "";
      });
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    // a header that leads to its definition is named by it: twice would cost bytes in each page
    for (const header of document.querySelectorAll("thead th:not([data-column])")) {
      header.dataset.column = header.querySelector("a").hash.split("-").pop();
    }
    document.querySelectorAll("main table").forEach(makeTools);
    for (const restore of restored) restore();
    window.addEventListener("hashchange", () => {
      for (const restore of restored) restore();
      showSought();
    });
    if (performance.getEntriesByType("navigation")[0]?.type === "navigate") showSought();
    markPosts();
    offerPictures();
    watchFigures();
    leaveWord();
    addEventListener("hashchange", leaveWord);
    const controls = document.querySelector(".controls");
    controls.hidden = false;

    for (const link of document.querySelectorAll("a.out")) {
      link.target = "_blank";
      link.rel = "noreferrer"; // as the page's policy says, too: it would cost bytes in each row
    }

    const theme = element("select", { id: "theme" });
    for (const [value, words] of [["", gettext("As the system")], ["light", gettext("Light")], ["dark", gettext("Dark")]]) {
      theme.append(element("option", { value }, words));
    }
    controls.append(element("label", {}, gettext("Colours") + " ", theme));
    theme.value = root.dataset.theme || "";
    theme.addEventListener("change", () => {
      setTheme(theme.value);
      remember("theme", theme.value);
    });

    const method = document.getElementById("method");
    if (method) {
      const wanted = remembered("method");
      if (Array.from(method.options).some((option) => option.value === wanted)) method.value = wanted;
      setMethod(method.value);
      method.addEventListener("change", () => {
        setMethod(method.value);
        remember("method", method.value);
        drawCharts(null, true);
      });
    }
    ready = true; // what the address asks of the tables is done: each chart is drawn once
    drawCharts();
  });

  window.addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll("main:not(.sheet) details.fold")) fold.open = true;
  });
})();
