// Sorting, filtering, the method of attribution, colours, and drawing the charts. Without it every
// page still shows its figures, by the default method.
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

  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  // --- the method of attribution

  function setMethod(method) {
    for (const part of document.querySelectorAll("[data-method]")) {
      part.hidden = part.dataset.method !== method;
    }
  }

  // --- tables: each can be sorted by any column; the long ones can be searched

  function sortValue(cell) {
    if (!cell || "null" in cell.dataset) return null;
    if (cell.dataset.value !== undefined) return Number(cell.dataset.value);
    const time = cell.querySelector("time");
    return time ? time.dateTime : cell.textContent.trim();
  }

  function compare(a, b) {
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), "en", { numeric: true });
  }

  function sortBy(table, place, direction) {
    const body = table.tBodies[0];
    const rows = Array.from(body.rows, (row) => [sortValue(row.cells[place]), row]);
    rows.sort(([a], [b]) => {
      if (a === null || b === null) return (a === null) - (b === null); // unknown: always last
      return direction * compare(a, b);
    });
    body.append(...rows.map(([, row]) => row));
    for (const header of table.tHead.rows[0].cells) {
      const here = header.cellIndex === place;
      if (here) header.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
      else header.removeAttribute("aria-sort");
      header.querySelector(".sort").textContent = here ? (direction > 0 ? "↑" : "↓") : "↕";
    }
  }

  function makeSortable(table) {
    if (table.tBodies[0].rows.length < 2) return;
    for (const header of table.tHead.rows[0].cells) {
      const words = header.firstChild.textContent.trim();
      const button = element("button", { type: "button", class: "sort", "aria-label": "Sort by " + words }, "↕");
      const first = header.classList.contains("n") ? -1 : 1; // of figures the largest is asked for
      button.addEventListener("click", () => {
        const now = header.getAttribute("aria-sort");
        const turn = now === (first > 0 ? "ascending" : "descending");
        sortBy(table, header.cellIndex, turn ? -first : first);
      });
      header.append(" ", button);
    }
  }

  function makeSearchable(table) {
    const rows = Array.from(table.tBodies[0].rows);
    const methods = new Set(rows.map((row) => row.dataset.method)).size;
    if (rows.length / methods < 8) return;
    const caption = document.getElementById(table.id + "-caption").textContent;
    const input = element("input", { type: "search", "aria-label": "Filter: " + caption });
    const status = element("span", { role: "status" });
    const texts = new Map(rows.map((row) => [row, row.textContent.toLocaleLowerCase("en")]));
    input.addEventListener("input", () => {
      const sought = input.value.toLocaleLowerCase("en").split(/\s+/).filter(Boolean);
      let found = 0;
      for (const [row, text] of texts) {
        const fits = sought.every((word) => text.includes(word));
        row.classList.toggle("filtered", !fits);
        if (fits && !row.hidden) found += 1;
      }
      status.textContent = sought.length ? found + (found === 1 ? " row" : " rows") : "";
    });
    table.closest(".scroll").before(element("div", { class: "tools" }, element("label", {}, "Filter ", input), status));
  }

  // --- charts: drawn from the figures of the table that they stand beside

  function rowsOf(table) {
    const rows = [];
    const columns = Array.from(table.tHead.rows[0].cells, (header) => header.dataset.column);
    for (const row of table.tBodies[0].rows) {
      if (row.hidden) continue;
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
    mark: { color: "var(--chart-1)" },
    bar: { color: "var(--chart-1)" },
    point: { color: "var(--chart-1)" },
    rule: { color: "var(--chart-1)" },
    tick: { color: "var(--chart-1)" },
    range: { category: [1, 2, 3, 4, 5, 6, 7].map((place) => "var(--chart-" + place + ")") },
  });
  const drawn = new Map();

  function drawCharts(changed) {
    if (!window.vegaEmbed) return;
    for (const place of document.querySelectorAll(".chart")) {
      const table = document.getElementById(place.dataset.of);
      if (changed && !table.querySelector("[data-method]")) continue;
      const spec = { ...window.reachlineCharts[place.dataset.chart] };
      const { needs, by } = spec.usermeta;
      const rows = rowsOf(table).filter((row) => row[needs] !== null);
      place.closest("figure").hidden = !rows.length;
      if (by) spec.height *= new Set(rows.map((row) => row[by])).size;
      spec.datasets = { rows };
      if (!rows.length) {
        place.dataset.drawn = "";
        continue;
      }
      if (drawn.has(place)) drawn.get(place).finalize();
      window.vegaEmbed(place, spec, {
        // the interpreter (ast) needs no eval, which the page forbids
        actions: false, ast: true, config: look(place.clientWidth), defaultStyle: false,
        renderer: "svg", tooltip: false,
      }).then((result) => {
        drawn.set(place, result);
        place.dataset.drawn = "";
      });
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("main table").forEach((table) => {
      makeSortable(table);
      makeSearchable(table);
    });
    const controls = document.querySelector(".controls");
    controls.hidden = false;

    const theme = document.getElementById("theme");
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
        drawCharts(true);
      });
    }
    drawCharts(false);
  });

  window.addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll("details.fold")) fold.open = true;
  });
})();
