// Finds the solution of an ALTCHA challenge (PBKDF2) beside the page, so that the page stays usable meanwhile.
"use strict";

var AT_ONCE = 4;

function bytes(hex) {
  var found = new Uint8Array(hex.length / 2);
  for (var i = 0; i < found.length; i++) {
    found[i] = parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  }
  return found;
}

function hex(buffer) {
  return Array.prototype.map.call(new Uint8Array(buffer), function (byte) {
    return ("0" + byte.toString(16)).slice(-2);
  }).join("");
}

function derive(parameters, nonce, salt, counter) {
  var password = new Uint8Array(nonce.length + 4);
  password.set(nonce);
  new DataView(password.buffer).setUint32(nonce.length, counter);
  return crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]).then(function (key) {
    var how = { name: "PBKDF2", hash: "SHA-256", salt: salt, iterations: parameters.cost };
    return crypto.subtle.deriveBits(how, key, parameters.keyLength * 8);
  }).then(function (derived) {
    return { counter: counter, derivedKey: hex(derived) };
  });
}

function search(parameters, attempts) {
  var nonce = bytes(parameters.nonce);
  var salt = bytes(parameters.salt);

  function from(first) {
    if (first > attempts) {
      return Promise.reject(new Error("no solution"));
    }
    var tries = [];
    for (var counter = first; counter < first + AT_ONCE; counter++) {
      tries.push(derive(parameters, nonce, salt, counter));
    }
    return Promise.all(tries).then(function (found) {
      var good = found.filter(function (one) {
        return one.derivedKey.indexOf(parameters.keyPrefix) === 0;
      })[0];
      self.postMessage({ tried: first + AT_ONCE });
      return good || from(first + AT_ONCE);
    });
  }

  return from(0);
}

self.onmessage = function (event) {
  if (!self.crypto || !crypto.subtle || event.data.parameters.algorithm !== "PBKDF2/SHA-256") {
    self.postMessage({ failed: true });
    return;
  }
  search(event.data.parameters, event.data.attempts).then(function (solution) {
    self.postMessage({ solution: solution });
  }, function () {
    self.postMessage({ failed: true });
  });
};
