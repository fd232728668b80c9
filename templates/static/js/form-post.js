// Sends the only form of the page (OAuth 2.0 Form Post Response Mode); the button does it where scripts do not run.
"use strict";

document.forms[0].submit();
