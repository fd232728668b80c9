// Goes on once every frame has loaded (the page's own load event waits for them), or after three seconds. Without
// scripts the page does it by itself, a second after they have loaded; where one hangs, the link is there.
"use strict";

(function () {
  var gone = false;

  function goOn() {
    if (!gone) {
      gone = true;
      window.location.replace(document.getElementById("continue").href);
    }
  }

  window.addEventListener("load", goOn);
  window.setTimeout(goOn, 3000);
}());
