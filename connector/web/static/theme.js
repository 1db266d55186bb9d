// Sets light or dark before the page is painted: what was chosen here, else what the system says.
(function () {
  "use strict";
  var KEY = "sixthtouch-theme";
  var dark = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      return window.localStorage.getItem(KEY);
    } catch (refused) {
      return null;
    }
  }

  function apply() {
    var theme = chosen() || (dark.matches ? "dark" : "light");
    document.documentElement.setAttribute("data-bs-theme", theme);
    return theme;
  }

  apply();
  dark.addEventListener("change", apply);

  document.addEventListener("DOMContentLoaded", function () {
    var button = document.getElementById("theme");
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", function () {
      var next = document.documentElement.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
      try {
        window.localStorage.setItem(KEY, next);
      } catch (refused) {
        // Without storage the choice lasts as long as the page.
      }
      document.documentElement.setAttribute("data-bs-theme", next);
    });
  });
})();
