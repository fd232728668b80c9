// Copies what a button names. Without this script, or without a clipboard, the buttons stay hidden: the text is selected
// whole by one click and copied by the browser's own means.
"use strict";

(function () {
  if (!navigator.clipboard) {
    return;
  }
  document.querySelectorAll("[data-copies]").forEach(function (button) {
    var text = document.getElementById(button.dataset.copies);
    var told = document.getElementById(button.dataset.copies + "-copied");
    if (!text || !told) {
      return;
    }
    button.hidden = false;
    button.addEventListener("click", function () {
      navigator.clipboard.writeText(text.textContent.trim()).then(
        function () {
          told.textContent = button.dataset.done;
        },
        function () {
          window.getSelection().selectAllChildren(text);
          told.textContent = button.dataset.failed;
        }
      );
    });
  });
})();
