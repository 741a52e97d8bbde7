// Draws the charts of a run's page from the data in it. Needs nothing from anywhere else. Without Chart.js the workers'
// lanes are still drawn. src/report/page_data.hpp says what the data is.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("run-data").textContent);
  // As src/model/outcome.hpp numbers them.
  const statuses = [
    ["RUN_DONE", "succeeded", "done"], ["RUN_EXCEPTION", "raised an exception", "failed"], ["RUN_TIMEOUT", "took too long", "timeout"],
    ["LOAD_EXCEPTION", "could not be loaded", "load"], ["LOAD_TIMEOUT", "loading took too long", "load"],
    ["PROCESS_DIED", "process died", "died"], ["WORKER_LOST", "worker lost", "lost"], ["BAD_RETURN", "bad return", "failed"]];
  let charts = [];

  const colour = name => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const digits = (value, places) => String(Number(value.toFixed(places)));
  function duration(seconds) {
    if (seconds < 1e-3) return digits(seconds * 1e6, 0) + " µs";
    if (seconds < 1) return digits(seconds * 1e3, seconds < 0.01 ? 1 : 0) + " ms";
    if (seconds < 120) return digits(seconds, seconds < 10 ? 2 : 1) + " s";
    if (seconds < 7200) return digits(seconds / 60, 1) + " min";
    if (seconds < 172800) return digits(seconds / 3600, 1) + " h";
    return digits(seconds / 86400, 1) + " d";
  }
  const grouped = number => String(number).replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");

  // A unit for all marks of an axis, and marks at round numbers of it.
  function timeUnit(end) {
    if (end < 0.5) return [1e-3, "ms"];
    if (end < 300) return [1, "s"];
    if (end < 3 * 3600) return [60, "min"];
    if (end < 4 * 86400) return [3600, "h"];
    return [86400, "d"];
  }
  const timeText = (seconds, end) => { const [unit, name] = timeUnit(end); return digits(seconds / unit, 3) + " " + name; };
  function marks(end, most) {
    const [unit] = timeUnit(end);
    const span = end / unit;
    let step = Math.pow(10, Math.floor(Math.log10(span / most || 1)));
    for (const factor of [1, 2, 5, 10]) if (span / (step * factor) <= most) { step *= factor; break; }
    const found = [];
    for (let at = 0; at <= span * 1.0001; at += step) found.push([at * unit, timeText(at * unit, end)]);
    return found;
  }

  function show(canvas) {
    canvas.closest("figure").hidden = false;
    return canvas;
  }

  // Vertical lines with a word: the median of a distribution, the beginning of a start.
  const uprights = {
    id: "uprights",
    afterDatasetsDraw(chart, _, options) {
      const {ctx, chartArea: area, scales} = chart;
      ctx.save();
      ctx.font = "11px system-ui, sans-serif";
      ctx.strokeStyle = ctx.fillStyle = colour("soft");
      ctx.setLineDash([4, 3]);
      // The words stand above the chart, in rows of their own.
      (options.lines || []).forEach(([value, text], place, lines) => {
        const x = scales.x.getPixelForValue(value), row = area.top - 4 - 14 * (Math.min(3, lines.length) - 1 - place % 3);
        if (!(x >= area.left - 1 && x <= area.right + 1)) return;
        ctx.beginPath();
        ctx.moveTo(x, row - 10);
        ctx.lineTo(x, area.bottom);
        ctx.stroke();
        const isLeft = x + ctx.measureText(text).width + 6 > area.right;
        const long = ctx.measureText(text).width + 4;
        ctx.fillStyle = colour("card");
        ctx.fillRect(isLeft ? x - 2 - long : x + 2, row - 10, long, 13);
        ctx.fillStyle = colour("soft");
        ctx.textAlign = isLeft ? "right" : "left";
        ctx.fillText(text, x + (isLeft ? -4 : 4), row);
      });
      ctx.restore();
    },
  };

  function chart(id, config) {
    const canvas = document.getElementById(id);
    if (!canvas || typeof Chart === "undefined") return;
    charts.push(new Chart(show(canvas), config));
  }
  const axis = (more = {}) => Object.assign({grid: {color: colour("line"), drawBorder: false}, ticks: {color: colour("soft"), maxRotation: 0}, beginAtZero: true}, more);
  const timeAxis = end => axis({type: "linear", min: 0, max: end || 1, afterBuildTicks(scale) { scale.ticks = marks(scale.max, Math.max(2, scale.width / 75)).map(([value]) => ({value})); },
    ticks: {color: colour("soft"), maxRotation: 0, callback: value => timeText(value, end || 1)}});
  const common = more => Object.assign({responsive: true, maintainAspectRatio: false, animation: false, interaction: {mode: "index", intersect: false}}, more);
  const line = (name, x, y, shade, more = {}) => Object.assign({label: name, data: x.map((at, i) => ({x: at, y: y[i]})), borderColor: shade, backgroundColor: shade, borderWidth: 2, pointRadius: x.length < 3 ? 2 : 0, pointHitRadius: 6}, more);
  const roomFor = lines => ({padding: {top: 14 * Math.min(3, lines.length)}});
  const legend = isShown => ({display: isShown, position: "bottom", labels: {color: colour("soft"), boxWidth: 12, boxHeight: 12}});

  function drawProgress() {
    const {t, done, failed, rate, total} = data.progress;
    const end = Math.max(data.lanes.end, t[t.length - 1] || 0);
    const starts = data.starts.slice(1).map((at, i) => [at, "start " + (i + 2)]);
    const tooltip = {callbacks: {title: items => duration(items[0].parsed.x)}};
    const hasFailed = failed.some(number => number > 0);
    const sets = [line("done", t, done, colour("done"), {fill: "origin", backgroundColor: colour("done") + "33"})];
    if (hasFailed) sets.push(line("latest try failed", t, failed, colour("failed")));
    chart("progress-chart", {type: "line", data: {datasets: sets}, plugins: [uprights],
      options: common({layout: roomFor(starts), scales: {x: timeAxis(end), y: axis({max: total || 1, ticks: {color: colour("soft"), callback: grouped, maxTicksLimit: 7}})},
        plugins: {legend: legend(hasFailed), tooltip, uprights: {lines: starts}}})});
    chart("rate-chart", {type: "line", data: {datasets: [line("in a second", t, rate, colour("accent"))]}, plugins: [uprights],
      options: common({layout: roomFor(starts), scales: {x: timeAxis(end), y: axis({ticks: {color: colour("soft"), maxTicksLimit: 7}})}, plugins: {legend: legend(false), tooltip, uprights: {lines: starts}}})});
  }

  function drawTimes() {
    const {bars, median, p95, longest} = data.times;
    if (bars.length === 0) return;
    // Bars of equal ratio: an axis of their numbers, on which a time has its place between two of them.
    const place = time => { const i = bars.findIndex(bar => time < bar[1]); return i < 0 ? bars.length - 0.5 : i - 0.5 + (time - bars[i][0]) / (bars[i][1] - bars[i][0]); };
    const lines = [[place(median), "median " + duration(median)], [place(p95), "p95 " + duration(p95)], [place(longest), "longest " + duration(longest)]];
    // A mark where a bar begins: the times grow by the same ratio from each to the next.
    const marked = scale => { scale.ticks = bars.map((_, i) => i).filter(i => i % Math.ceil(bars.length / Math.max(2, scale.width / 85)) === 0).map(i => ({value: i - 0.5})); };
    chart("times-chart", {type: "bar", plugins: [uprights],
      data: {datasets: [{data: bars.map((bar, i) => ({x: i, y: bar[2]})), backgroundColor: colour("done"), barPercentage: 1, categoryPercentage: 0.94}]},
      options: common({layout: roomFor(lines), scales: {
        x: axis({type: "linear", min: -0.5, max: bars.length - 0.5, offset: false, grid: {display: false}, afterBuildTicks: marked,
          ticks: {color: colour("soft"), maxRotation: 0, autoSkip: false, callback: at => duration(bars[Math.round(at + 0.5)][0])}}),
        y: axis({ticks: {color: colour("soft"), precision: 0, callback: grouped, maxTicksLimit: 6}})},
        plugins: {legend: legend(false), uprights: {lines},
          tooltip: {callbacks: {title: items => { const bar = bars[items[0].parsed.x]; return duration(bar[0]) + " to " + duration(bar[1]); }, label: item => grouped(item.parsed.y) + " runs"}}}})});
  }

  function drawNodes() {
    const shades = ["done", "died", "load", "loading", "timeout", "failed", "lost", "closing"].map(colour);
    const isMany = data.nodes.length > shades.length;
    for (const [id, key, more] of [["cpu-chart", "cpu", {max: 100}], ["memory-chart", "memory", {}]]) {
      const sets = data.nodes.map((node, i) => line(node.name, node.t, node[key], isMany ? colour("done") + "66" : shades[i], {borderWidth: isMany ? 1 : 2}));
      if (sets.length > 0)
        chart(id, {type: "line", data: {datasets: sets}, options: common({interaction: {mode: "nearest", intersect: false}, scales: {x: timeAxis(data.lanes.end), y: axis(more)},
          plugins: {legend: legend(!isMany && sets.length > 1), tooltip: {callbacks: {title: items => items[0].dataset.label + ", " + duration(items[0].parsed.x)}}}})});
    }
  }

  // One lane for each worker.
  const lanes = data.lanes;
  const isSingle = lanes.bars && lanes.bars.length > 0;
  function laneHeight() {
    const count = lanes.names.length;
    return count <= 12 ? 22 : count <= 40 ? 14 : count <= 80 ? 7 : Math.max(1, Math.floor(560 / count));
  }
  function mixed(busy, failed, base, done, bad) {
    const of = text => [1, 3, 5].map(i => parseInt(text.slice(i, i + 2), 16));
    const [b, d, f] = [of(base), of(done), of(bad)];
    return "rgb(" + b.map((one, i) => { const work = d[i] * (1 - failed) + f[i] * failed; return Math.round(one + (work - one) * busy); }).join(",") + ")";
  }
  function drawLanes() {
    const canvas = document.getElementById("lanes");
    if (!canvas || lanes.names.length === 0) return;
    show(canvas);
    const height = laneHeight(), gap = height > 6 ? 2 : height > 3 ? 1 : 0, ratio = window.devicePixelRatio || 1;
    const width = canvas.parentElement.clientWidth, hasNames = height >= 14, left = Math.min(92, width / 4), bottom = 22;
    const tall = lanes.names.length * height + bottom;
    canvas.style.height = tall + "px";
    canvas.width = width * ratio;
    canvas.height = tall * ratio;
    const ctx = canvas.getContext("2d");
    ctx.scale(ratio, ratio);
    const x = at => left + (width - left - 1) * at / (lanes.end || 1);
    ctx.font = "11px system-ui, sans-serif";
    ctx.textBaseline = "middle";
    lanes.names.forEach((name, i) => {
      ctx.fillStyle = colour("faint");
      ctx.fillRect(left, i * height, width - left, height - gap);
      if (!hasNames) return;
      ctx.fillStyle = colour("soft");
      ctx.fillText(name, 0, i * height + height / 2 - 1, left - 8);
    });
    if (!hasNames) drawNodeNames(ctx, height, left);
    if (isSingle) drawBars(ctx, x, height, gap); else drawCells(ctx, x, height, gap);
    ctx.fillStyle = ctx.strokeStyle = colour("soft");
    for (const [at, text] of marks(lanes.end, Math.max(2, width / 90))) {
      const place = x(at);
      ctx.textAlign = place < left + 15 ? "left" : place > width - 20 ? "right" : "center";
      ctx.fillText(text, place, tall - bottom / 2);
    }
    ctx.setLineDash([4, 3]);
    for (const at of data.starts.slice(1)) {
      ctx.beginPath();
      ctx.moveTo(x(at), 0);
      ctx.lineTo(x(at), tall - bottom);
      ctx.stroke();
    }
    canvas.at = {x, height, left, width};
  }
  // Where lanes are too low for names of their own: each node's, where there is room for it.
  function drawNodeNames(ctx, height, left) {
    let free = 0;
    ctx.fillStyle = colour("soft");
    lanes.nodes.forEach((node, i) => {
      if (i > 0 && lanes.nodes[i - 1] === node) return;
      ctx.fillRect(left - 8, i * height, 6, 1);
      if (i * height < free) return;
      ctx.fillText(node, 0, i * height + 6, left - 12);
      free = i * height + 14;
    });
  }
  function drawBars(ctx, x, height, gap) {
    const shades = statuses.map(status => colour(status[2]));
    for (const [lane, from, to, status] of lanes.bars) {
      const begin = x(from), long = Math.max(1, x(to) - begin);
      ctx.fillStyle = shades[status];
      ctx.fillRect(begin, lane * height, long > 4 ? long - 1 : long, height - gap);
    }
  }
  function drawCells(ctx, x, height, gap) {
    const base = colour("faint"), done = colour("done"), bad = colour("failed");
    lanes.busy.forEach((cells, lane) => {
      for (let i = 0; i < cells.length; ++i) {
        const busy = parseInt(cells[i], 36) / 35, failed = parseInt(lanes.failed[lane][i] || "0", 10) / 9;
        if (busy === 0) continue;
        const begin = x(i * lanes.cell), end = x(Math.min(lanes.end, (i + 1) * lanes.cell));
        // A cell with a failure is seen even where it was one of many.
        ctx.fillStyle = mixed(0.15 + 0.85 * busy, failed > 0 ? 0.5 + 0.5 * failed : 0, base, done, bad);
        ctx.fillRect(begin, lane * height, Math.ceil(end - begin) + 0.5, height - gap);
      }
    });
  }

  function lanesLegend() {
    const canvas = document.getElementById("lanes");
    if (!canvas || lanes.names.length === 0) return;
    const entries = isSingle
      ? statuses.map(([, text, shade], i) => [text, shade, lanes.bars.some(bar => bar[3] === i)]).filter(entry => entry[2])
      : [["busy: the darker, the more", "done"], ["with failed tries", "failed"]];
    const box = document.createElement("div");
    box.className = "legend";
    for (const [text, shade] of entries) {
      const entry = document.createElement("span"), mark = document.createElement("i");
      mark.style.background = "var(--" + shade + ")";
      entry.append(mark, text);
      box.append(entry);
    }
    const more = [];
    if (!isSingle) more.push("each cell is " + duration(lanes.cell));
    if (lanes.step > 1) more.push("one worker of " + lanes.step + " is shown");
    if (more.length > 0) box.append(more.join("; "));
    canvas.closest("figure").append(box);
  }

  function lanesTip() {
    const canvas = document.getElementById("lanes");
    if (!canvas) return;
    const tip = document.createElement("div");
    tip.className = "tip";
    tip.hidden = true;
    document.body.append(tip);
    canvas.addEventListener("mouseleave", () => { tip.hidden = true; });
    canvas.addEventListener("mousemove", event => {
      const {height, left, width} = canvas.at;
      const lane = Math.floor(event.offsetY / height), at = (event.offsetX - left) / (width - left) * lanes.end;
      tip.hidden = !(lane < lanes.names.length && at >= 0);
      if (tip.hidden) return;
      tip.textContent = lanes.names[lane] + (lanes.nodes[lane] ? " on " + lanes.nodes[lane] : "") + ", at " + duration(at) + textAt(lane, at, lanes.end / width);
      tip.style.left = Math.min(event.clientX + 14, window.innerWidth - 330) + "px";
      tip.style.top = event.clientY + 14 + "px";
    });
  }
  function textAt(lane, at, slack) {
    if (isSingle) {
      const bar = lanes.bars.find(one => one[0] === lane && one[1] - slack <= at && at <= one[2] + slack);
      return bar ? ": mini-batch " + bar[4] + ", try " + bar[5] + ", " + statuses[bar[3]][1] + " after " + duration(bar[2] - bar[1]) : ": nothing ran";
    }
    const cell = Math.floor(at / lanes.cell), busy = parseInt(lanes.busy[lane][cell] || "0", 36);
    return busy === 0 ? ": nothing ran" : ": " + Math.round(100 * (busy - 1) / 34) + " % busy" + (lanes.failed[lane][cell] > "0" ? ", some tries failed" : "");
  }

  // A page that should have been made anew and was not: its job may be gone.
  function sayAge() {
    const seconds = (Date.now() - data.written) / 1000, box = document.getElementById("old");
    if (data.refresh === 0 || seconds < 90 + 3 * data.refresh || !box) return;
    box.textContent = "This page was made " + duration(seconds) + " ago and not again since. If its job was killed, prs_mpi report makes the page anew.";
    box.hidden = false;
  }

  function drawAll() {
    charts.forEach(one => one.destroy());
    charts = [];
    drawProgress();
    drawTimes();
    drawNodes();
    drawLanes();
  }
  drawAll();
  lanesLegend();
  lanesTip();
  sayAge();
  window.addEventListener("resize", drawLanes);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  document.documentElement.dataset.drawn = charts.length + " charts in " + Math.round(performance.now()) + " ms";
})();
