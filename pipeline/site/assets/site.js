// What the pages do beyond being read: language, filters, charts. Without it every table can still be read.
(function () {
  "use strict";

  var root = document.documentElement;
  var strings = window.FISCAL_STRINGS;

  // Language --------------------------------------------------------------------------------------------

  function remembered() {
    try { return window.localStorage.getItem("fiscal-language"); } catch (error) { return null; } // no storage: not remembered
  }

  function remember(language) {
    try { window.localStorage.setItem("fiscal-language", language); } catch (error) { return; }
  }

  function show(language) {
    var words = strings[language];
    root.lang = language === "en" ? "en" : "zh-CN";
    document.querySelectorAll("[data-t]").forEach(function (element) {
      element.textContent = words[element.dataset.t];
      element.lang = root.lang;
    });
    document.querySelectorAll("[data-en]").forEach(function (element) {
      if (element.dataset.zh === undefined) { element.dataset.zh = element.textContent; }
      element.textContent = element.dataset[language];
      element.lang = root.lang;
    });
    ["aria-label", "placeholder"].forEach(function (name) {
      document.querySelectorAll("[data-t-" + name + "]").forEach(function (element) {
        element.setAttribute(name, words[element.getAttribute("data-t-" + name)]);
      });
    });
    document.querySelectorAll("img[data-alt]").forEach(function (image) {
      image.alt = words[image.dataset.alt] + " " + image.dataset.page;
    });
    // The button names the language it leads to, in that language.
    document.getElementById("language").querySelector("[data-t]").lang = language === "en" ? "zh-CN" : "en";
    drawCharts(language);
  }

  function language() { return root.lang === "en" ? "en" : "zh"; }

  // Filters ---------------------------------------------------------------------------------------------

  function prepareFilter(form) {
    var table = document.getElementById(form.dataset.filters);
    var rows = Array.prototype.slice.call(table.tBodies[0].rows).map(function (row) {
      return { row: row, text: (row.textContent + " " + (row.dataset.key || "")).toLowerCase() };
    });
    var output = form.querySelector("output");
    var nothing = document.querySelector(".nothing");
    var given = new URLSearchParams(window.location.search);

    function apply() {
      var data = new FormData(form);
      var wanted = String(data.get("q")).toLowerCase().split(/\s+/).filter(Boolean);
      var shown = 0;
      rows.forEach(function (entry) {
        var fits = wanted.every(function (word) { return entry.text.indexOf(word) >= 0; });
        form.querySelectorAll("select").forEach(function (select) {
          if (select.value && (entry.row.dataset[select.name] || "").split("|").indexOf(select.value) < 0) { fits = false; }
        });
        entry.row.hidden = !fits;
        if (fits) { shown += 1; }
      });
      output.textContent = shown;
      nothing.hidden = shown > 0;
    }

    Array.prototype.forEach.call(form.elements, function (field) {
      if (field.name && given.has(field.name)) { field.value = given.get(field.name); }
    });
    form.addEventListener("input", apply);
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    apply();
  }

  // Charts ----------------------------------------------------------------------------------------------

  var look = {
    background: "transparent",
    font: "inherit",
    view: { stroke: null },
    axis: {
      domainColor: "var(--line)", gridColor: "var(--hair)", tickColor: "var(--line)", labelColor: "var(--soft)",
      titleColor: "var(--soft)", labelFontSize: 11, titleFontSize: 11, titleFontWeight: "normal", tickSize: 3
    },
    axisY: { domain: false, tickCount: 5, titleAngle: 0, titleAlign: "left", titleX: 0, titleY: -10 },
    axisX: { grid: false },
    legend: { labelColor: "var(--ink)", labelFontSize: 11, symbolType: "square", symbolSize: 80, offset: 22, columnPadding: 14, labelLimit: 260 }
  };

  function drawCharts(language) {
    document.querySelectorAll("figure.chart").forEach(function (figure) {
      var specs = JSON.parse(figure.querySelector("script").textContent);
      var place = figure.querySelector(".plot");
      window.vegaEmbed(place, specs[language], { actions: false, renderer: "svg", config: look, tooltip: { theme: "site" } })
        .then(function () {
          var image = place.querySelector("svg");
          image.setAttribute("aria-label", specs[language].description + ". " + strings[language]["site.chart_table"]);
          image.setAttribute("role", "img");
        })
        .catch(function (error) { window.console.error(error); });
    });
  }

  // A link to a cell or a row leads into what is folded.
  function unfold() {
    var target = window.location.hash && document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
    for (var element = target; element; element = element.parentElement) {
      if (element.tagName === "DETAILS") { element.open = true; }
    }
    if (target) { target.scrollIntoView({ block: "center" }); }
  }

  // -----------------------------------------------------------------------------------------------------

  var button = document.getElementById("language");
  button.hidden = false;
  button.addEventListener("click", function () {
    var next = language() === "en" ? "zh" : "en";
    remember(next);
    show(next);
  });
  show(remembered() === "en" ? "en" : "zh");
  document.querySelectorAll("form[data-filters]").forEach(prepareFilter);
  window.addEventListener("hashchange", unfold);
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (element) { element.open = true; });
  });
  unfold();
})();
