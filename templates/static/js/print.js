// Prints the page. Without this script the button stays hidden, and the browser's own menu prints.
"use strict";

(function () {
  var button = document.getElementById("print");
  if (!button || !window.print) {
    return;
  }
  button.hidden = false;
  button.addEventListener("click", function () {
    window.print();
  });
})();
