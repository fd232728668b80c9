// Says, while a password is typed, which conditions it meets: by a sign and a word, never by colour alone. Nothing is
// sent. Without this script the conditions stand there as a list, and the server judges.
"use strict";

(function () {
  var field = document.getElementById("password");
  var list = document.getElementById("password-rules");
  var status = document.getElementById("password-status");
  if (!field || !list || !status) {
    return;
  }

  var ROWS = ["azertyuiop", "qsdfghjklm", "wxcvbn", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz", "01234567890"];
  var minimum = Number(list.dataset.minimum);

  function reversed(text) {
    return Array.from(text).reverse().join("");
  }

  // Letters that follow one another on a keyboard or in the alphabet, or repeat, count once for the whole run.
  function variety(text) {
    var plain = text.toLowerCase();
    var count = 0;
    for (var i = 0; i < plain.length; i += 1) {
      var three = plain.slice(i, i + 3);
      var run = three.length === 3 && ROWS.some(function (row) {
        return row.includes(three) || reversed(row).includes(three);
      });
      if (!run && !(i >= 2 && plain[i] === plain[i - 1] && plain[i] === plain[i - 2])) {
        count += 1;
      }
    }
    return Math.min(count, new Set(plain).size * 2);
  }

  var RULES = {
    length: function (text) {
      return Array.from(text.normalize("NFC")).length >= minimum;
    },
    variety: function (text) {
      return text.length > 0 && variety(text) >= Math.min(minimum, 10);
    },
    dossier: function (text) {
      return text.length > 0 && !text.replace(/\D/g, "").includes(list.dataset.dossier);
    }
  };
  var timer = 0;

  function show() {
    var all = true;
    list.querySelectorAll("[data-rule]").forEach(function (item) {
      var kept = RULES[item.dataset.rule](field.value);
      all = all && kept;
      item.dataset.kept = String(kept);
      item.querySelector(".rules__sign").textContent = kept ? "✓" : "–";
      item.querySelector(".rules__state").textContent = field.value ? (kept ? list.dataset.kept : list.dataset.open) : "";
    });
    // Said once the typing rests, so that a screen reader is not made to speak at every key.
    window.clearTimeout(timer);
    timer = window.setTimeout(function () {
      status.textContent = all ? status.dataset.ready : "";
    }, 700);
  }

  field.addEventListener("input", show);
  show();
})();
