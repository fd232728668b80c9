// Asks the browser to make or to use a passkey (WebAuthn) and sends what it says with the form. Without this script, or
// where the browser knows no passkeys, the form stays hidden and the other ways stand there as before.
"use strict";

(function () {
  var form = document.getElementById("passkey");
  if (!form || !window.PublicKeyCredential || !navigator.credentials) {
    return;
  }
  var button = document.getElementById("passkey-start");
  var status = document.getElementById("passkey-status");
  var missing = document.getElementById("passkey-missing");
  var answer = document.getElementById("passkey-credential");

  function bytes(text) {
    var plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (one) {
      return one.charCodeAt(0);
    });
  }

  function text(buffer) {
    var plain = Array.from(new Uint8Array(buffer), function (one) {
      return String.fromCharCode(one);
    }).join("");
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function described(list) {
    return (list || []).map(function (one) {
      return Object.assign({}, one, { id: bytes(one.id) });
    });
  }

  function asked() {
    var options = JSON.parse(form.dataset.options);
    options.challenge = bytes(options.challenge);
    if (options.user) {
      options.user.id = bytes(options.user.id);
    }
    options.excludeCredentials = described(options.excludeCredentials);
    options.allowCredentials = described(options.allowCredentials);
    return options;
  }

  function said(credential) {
    var response = credential.response;
    var found = { clientDataJSON: text(response.clientDataJSON) };
    ["attestationObject", "authenticatorData", "signature", "userHandle"].forEach(function (name) {
      if (response[name]) {
        found[name] = text(response[name]);
      }
    });
    if (response.getTransports) {
      found.transports = response.getTransports();
    }
    return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response: found });
  }

  function send(credential) {
    answer.value = said(credential);
    form.submit();
  }

  function start() {
    button.disabled = true;
    status.textContent = form.dataset.waiting;
    var wish = { publicKey: asked() };
    var ceremony = form.dataset.ceremony === "create" ? navigator.credentials.create(wish) : navigator.credentials.get(wish);
    ceremony.then(send, function (error) {
      button.disabled = false;
      status.textContent = error.name === "InvalidStateError" ? form.dataset.known : form.dataset.cancelled;
    });
  }

  form.hidden = false;
  if (missing) {
    missing.hidden = true;
  }
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    start();
  });
  // On the way back from the next page the button is usable again.
  window.addEventListener("pageshow", function () {
    button.disabled = false;
    status.textContent = "";
  });
})();
