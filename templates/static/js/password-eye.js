// Shows and hides the password. Without this script the button stays hidden and the form works the same.
"use strict";

(function () {
  var field = document.getElementById("password");
  var eye = document.getElementById("password-eye");
  if (!field || !eye || !field.form) {
    return;
  }

  function show(visible) {
    field.type = visible ? "text" : "password";
    eye.setAttribute("aria-pressed", visible ? "true" : "false");
  }

  eye.hidden = false;
  eye.addEventListener("click", function () {
    show(field.type === "password");
  });
  // Hidden again before it leaves, so that no browser keeps it as ordinary text; and on the way back.
  field.form.addEventListener("submit", function () {
    show(false);
  });
  window.addEventListener("pagehide", function () {
    show(false);
  });
})();
