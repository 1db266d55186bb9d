// What was folded open, or had the focus, stays so when a part of the page is swapped.
(function () {
  "use strict";
  var open = [];
  var focused = "";

  document.addEventListener("htmx:beforeSwap", function () {
    open = Array.from(document.querySelectorAll("details[open][id]"), function (one) { return one.id; });
    focused = document.activeElement ? document.activeElement.id : "";
  });

  document.addEventListener("htmx:afterSwap", function () {
    open.forEach(function (id) {
      var one = document.getElementById(id);
      if (one) one.open = true;
    });
    var last = focused && document.getElementById(focused);
    if (last && document.activeElement !== last) last.focus({ preventScroll: true });
  });

  // One question at a time; Escape takes it back.
  document.addEventListener("toggle", function (event) {
    if (!event.target.matches || !event.target.matches("details.ask[open]")) return;
    document.querySelectorAll("details.ask[open]").forEach(function (other) {
      if (other !== event.target) other.open = false;
    });
  }, true);

  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details.ask[open]").forEach(function (one) {
      one.open = false;
      one.querySelector("summary").focus();
    });
  });
})();
