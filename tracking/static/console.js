/* What the console does with a keyboard and a pointer; without it every page is whole. */
"use strict";
(function () {
  var rows = Array.prototype.slice.call(document.querySelectorAll("[data-keys] a.open"));
  var typing = /^(INPUT|SELECT|TEXTAREA)$/;

  function step(by) {
    var at = rows.indexOf(document.activeElement);
    var next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + by, 0), rows.length - 1)];
    if (next) { next.focus(); next.closest("tr").scrollIntoView({ block: "nearest" }); }
  }

  // "/" search, "j" and "k" through the rows; "enter" opens the focused link by itself; "escape" leaves the search
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) { return; }
    var box = document.getElementById("q");
    if (event.key === "Escape" && event.target === box) { box.blur(); return; }
    if (typing.test(event.target.tagName) || event.target.isContentEditable) { return; }
    if (event.key === "/" && box) { event.preventDefault(); box.focus(); box.select(); }
    if (event.key === "j") { step(1); }
    if (event.key === "k") { step(-1); }
  });

  // a menu closes when the pointer or the focus goes elsewhere
  function closeOthers(event) {
    document.querySelectorAll("details.lang[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) { menu.open = false; }
    });
  }
  document.addEventListener("click", closeOthers);
  document.addEventListener("focusin", closeOthers);

  // filters are applied as they are chosen; "enter" in the text still works by the button, which is only not seen
  document.documentElement.classList.add("js");
  document.querySelectorAll("form.filters select, form.filters input[type=checkbox]").forEach(function (control) {
    control.addEventListener("change", function () { control.form.requestSubmit(); });
  });
  document.querySelectorAll("form.filters").forEach(function (form) {
    form.addEventListener("formdata", function (event) {
      Array.from(event.formData.entries()).forEach(function (pair) { if (!pair[1]) { event.formData.delete(pair[0]); } });
    });
  });

  // a message or parcel named in the address is opened
  function openNamed() {
    var named = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (named && named.tagName === "DETAILS") { named.open = true; named.scrollIntoView(); }
  }
  addEventListener("hashchange", openNamed);
  openNamed();

  document.querySelectorAll("[data-copy]").forEach(function (button) {
    if (!navigator.clipboard) { return; }
    button.hidden = false;
    button.addEventListener("click", function () {
      navigator.clipboard.writeText(button.dataset.copy).then(function () {
        var words = button.querySelector("span"), before = words.textContent;
        words.textContent = button.dataset.done;
        setTimeout(function () { words.textContent = before; }, 2000);
      });
    });
  });

  // a colour is typed or picked; either follows the other
  document.querySelectorAll("[data-colour]").forEach(function (picker) {
    var text = document.getElementById(picker.dataset.colour);
    function follow() { if (/^#[0-9a-f]{6}$/i.test(text.value)) { picker.value = text.value; } }
    picker.hidden = text.matches(":disabled");
    follow();
    text.addEventListener("input", follow);
    picker.addEventListener("input", function () {
      text.value = picker.value;
      text.dispatchEvent(new Event("input", { bubbles: true }));
    });
  });

  // with the live preview nobody needs its button
  if (window.htmx) { document.querySelectorAll("[data-noscript]").forEach(function (button) { button.hidden = true; }); }
})();
