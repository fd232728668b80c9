// The captcha of a form. Without this script, or when it cannot work, the ticked box and a few seconds do (see the page).
"use strict";

(function () {
  var field = document.getElementById("captcha-field");
  var box = document.getElementById("captcha");
  if (!field || !box || !box.form) {
    return;
  }
  var script = document.currentScript;
  var form = box.form;
  var wait = Number(field.dataset.wait) * 1000;
  var shown = Date.now();
  // Neither done nor waiting: nothing has been asked yet, and the form goes as it is.
  var state = "idle";
  var held = null;

  function part(name) {
    return document.getElementById("captcha-" + name);
  }

  function say(text) {
    if (part("status").textContent !== text) {
      part("status").textContent = text;
    }
  }

  function release() {
    var submitter = held && held.submitter;
    if (!held) {
      return;
    }
    held = null;
    if (form.requestSubmit) {
      form.requestSubmit(submitter && submitter.form === form ? submitter : undefined);
    } else {
      form.submit();
    }
  }

  function settle(next) {
    state = next;
    part("progress").hidden = true;
    release();
  }

  // The box alone is believed once the seconds are over: the form is held until then.
  function goSlowly() {
    state = "working";
    say(field.dataset.slow);
    // One second more: the server counts whole ones.
    window.setTimeout(function () {
      settle("slow");
    }, Math.max(0, shown + wait + 1000 - Date.now()));
  }

  function work() {
    var challenge = JSON.parse(field.dataset.challenge);
    var attempts = Number(field.dataset.attempts);
    var worker;

    function fail() {
      if (worker) {
        worker.terminate();
      }
      part("progress").hidden = true;
      goSlowly();
    }

    state = "working";
    say(field.dataset.working);
    part("progress").hidden = false;
    try {
      worker = new Worker(field.dataset.worker);
    } catch (error) {
      fail();
      return;
    }
    worker.onerror = fail;
    worker.onmessage = function (event) {
      var told = event.data;
      if (told.tried) {
        part("bar").style.transform = "scaleX(" + Math.min(1, told.tried / attempts) + ")";
        if (told.tried > attempts / 2) {
          say(field.dataset.halfway);
        }
      } else if (told.solution) {
        worker.terminate();
        part("proof").value = btoa(JSON.stringify({ challenge: challenge, solution: told.solution }));
        field.classList.add("captcha--done");
        say(field.dataset.done);
        settle("done");
      } else {
        fail();
      }
    };
    worker.postMessage({ parameters: challenge.parameters, attempts: attempts });
  }

  function begin() {
    if (box.checked && state === "idle") {
      work();
    }
  }

  form.addEventListener("submit", function (event) {
    if (state === "working" && box.checked) {
      event.preventDefault();
      held = { submitter: event.submitter };
    }
  });

  function ownCaptcha() {
    field.classList.add("captcha--scripted");
    box.addEventListener("change", begin);
    // Browsers keep the tick of a page that is loaded again.
    begin();
  }

  // The third party's script is loaded from here, so that its absence is noticed: then the box of ours comes back.
  function thirdParty() {
    var loader = document.createElement("script");

    function arrived(here) {
      part("third-party").hidden = !here;
      part("own").hidden = here;
      box.required = !here;
    }

    box.addEventListener("change", function () {
      if (box.checked && state === "idle") {
        goSlowly();
      }
    });
    part("other").addEventListener("click", function () {
      arrived(false);
      box.focus();
    });
    loader.async = true;
    loader.nonce = script.nonce;
    loader.src = field.dataset.script;
    loader.addEventListener("load", function () {
      arrived(true);
    });
    loader.addEventListener("error", function () {
      arrived(false);
    });
    document.head.appendChild(loader);
  }

  if (field.dataset.kind === "proof_of_work") {
    ownCaptcha();
  } else {
    thirdParty();
  }
})();
