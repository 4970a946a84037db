/* The little that an open tracking page does by itself; without it the page is whole. */
"use strict";
(function () {
  // what refreshes the page comes last: nobody waits for it to read
  var refresher = document.currentScript.dataset.htmx;
  function load() {
    if (window.htmx) return;
    document.head.appendChild(document.createElement("script")).src = refresher;
  }
  if (document.readyState === "complete") load(); else window.addEventListener("load", load);

  var clock = document.querySelector('meta[name="waypost-clock"]');
  var anchor = clock && clock.content.split("|");
  var words = window.Intl && Intl.RelativeTimeFormat
    ? new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" }) : null;

  // business time: the demo's runs from an anchor, everybody else's is the browser's
  function now() {
    return anchor ? Date.parse(anchor[0]) + (Date.now() - anchor[1] * 1000) * anchor[2] : Date.now();
  }

  // "checked 06:20" becomes "checked 8 minutes ago" while that says more
  function ago() {
    document.querySelectorAll("time[data-ago]").forEach(function (time) {
      var minutes = Math.round((now() - Date.parse(time.dateTime)) / 60000);
      if (!words || minutes < 0 || minutes >= 720) return;
      time.textContent = time.dataset.ago.replace("{ago}", minutes < 1 ? words.format(0, "second") : since(minutes));
    });
    var told = document.querySelector("#stale:not([hidden]) span");
    if (told) told.textContent = told.dataset.words.replace("{ago}", since(Math.max(1, Math.round((now() - known) / 60000))));
  }

  function since(minutes) {
    return minutes < 60 ? words.format(-minutes, "minute")
      : minutes < 1440 ? words.format(-Math.round(minutes / 60), "hour") : words.format(-Math.round(minutes / 1440), "day");
  }

  // what is shown was true when the page was last answered for; while nobody answers, the page says how old it is
  var known = now();
  function stale(is) {
    var told = document.getElementById("stale");
    if (!is) known = now();
    if (!words || told.hidden === !is) return;
    told.hidden = !is;
    ago();
    say(is ? told.textContent.trim() : "");
  }

  function copyButtons() {
    if (!navigator.clipboard) return;
    document.querySelectorAll("[data-copy]").forEach(function (button) { button.hidden = false; });
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy]"), menu = document.querySelector(".lang[open]");
    if (menu && !menu.contains(event.target)) menu.open = false;
    if (!button) return;
    navigator.clipboard.writeText(button.dataset.copy).then(function () { say(button.dataset.done); label(button); });
  });
  document.addEventListener("keydown", function (event) {
    var menu = document.querySelector(".lang[open]");
    if (event.key === "Escape" && menu) { menu.open = false; menu.firstElementChild.focus(); }
  });

  function label(button) {
    var span = button.querySelector("span"), before = span.textContent;
    if (before === button.dataset.done) return;
    span.textContent = button.dataset.done;
    setTimeout(function () { span.textContent = before; }, 2000);
  }

  function say(text) { document.getElementById("say").textContent = text; }
  function live() { return document.getElementById("live"); }

  // ask only while somebody looks, and only for what has changed
  var asked = Date.now();
  function ask() {
    if (document.hidden || !window.htmx) return;
    if (Date.now() - asked < Math.min(5, +live().dataset.every) * 1000) return;
    asked = Date.now();
    htmx.trigger(live(), "refresh");
  }
  document.addEventListener("visibilitychange", ask);
  window.addEventListener("offline", function () { stale(true); });
  window.addEventListener("online", function () { load(); ask(); });
  document.body.addEventListener("htmx:afterRequest", function (event) {
    var status = event.detail.xhr.status;
    if (!status || status === 429 || status >= 500) return stale(true);
    if (status === 200 || status === 304) stale(false);
    var at = event.detail.xhr.getResponseHeader("X-Waypost-Checked"), time = live().querySelector("time[data-ago]");
    if (at && time) { time.dateTime = at; ago(); }
  });
  document.body.addEventListener("htmx:configRequest", function (event) {
    event.detail.headers["If-None-Match"] = live().dataset.etag;
  });

  // what was open stays open; a reader hears the headline only if it is another one
  var headline = "", open = [];
  document.body.addEventListener("htmx:beforeSwap", function () {
    headline = live().querySelector("h1").textContent;
    open = Array.prototype.map.call(live().querySelectorAll("details[open]"), function (d) { return d.id; });
  });
  document.body.addEventListener("htmx:afterSettle", function (event) {
    open.forEach(function (id) { var d = document.getElementById(id); if (d) d.open = true; });
    document.title = live().dataset.title;
    var text = live().querySelector("h1").textContent;
    if (text !== headline) say(text);
    ready();
    if (event.detail.target.id === "offers") watch();
  });

  // what was offered and really seen, and what was followed; nothing for who asks not to be tracked
  var silent = navigator.doNotTrack === "1" || navigator.globalPrivacyControl || !navigator.sendBeacon, watcher, seen = [], timer;
  function tell(followed) {
    var box = document.getElementById("offers"), said = new URLSearchParams();
    if (silent || !box || !box.dataset.note) return;
    clearTimeout(timer);
    said.set("showing", box.dataset.note);
    seen.forEach(function (place) { said.append("seen", place); });
    seen = [];
    if (followed) said.set("followed", followed);
    navigator.sendBeacon(box.dataset.to, said);
  }

  // one report when the page was open for a second, and one for what came into view together
  function watch() {
    var box = document.getElementById("offers"), due = {};
    if (watcher) watcher.disconnect();
    if (silent || !box || !window.IntersectionObserver) return;
    seen = [];
    (function opened() { timer = setTimeout(function () { if (document.hidden) opened(); else tell(); }, 1500); })();
    watcher = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        var place = entry.target.dataset.place;
        clearTimeout(due[place]);
        if (!entry.isIntersecting) return;
        due[place] = setTimeout(function again() {
          if (document.hidden) { due[place] = setTimeout(again, 1000); return; }
          watcher.unobserve(entry.target);
          seen.push(place);
          clearTimeout(timer);
          timer = setTimeout(tell, 400);
        }, 1000);
      });
    }, { threshold: 0.5 });
    box.querySelectorAll("[data-place]").forEach(function (item) { watcher.observe(item); });
  }
  ["click", "auxclick"].forEach(function (kind) {
    document.addEventListener(kind, function (event) {
      var link = event.target.closest("#offers [data-place] a");
      if (link && event.button < 2) tell(link.closest("[data-place]").dataset.place);
    });
  });
  window.addEventListener("pagehide", function () { if (seen.length) tell(); });

  function ready() { copyButtons(); ago(); }
  ready();
  watch();
  setInterval(ago, 30000);
  if (live()) setInterval(ask, +live().dataset.every * 1000);
})();
