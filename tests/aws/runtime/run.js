// Calls a handler as Lambda does: `run.js FOLDER MODULE.FUNCTION`, the event on standard input.
"use strict";
const http = require("http");
const https = require("https");
const path = require("path");

const [folder, handler] = process.argv.slice(2);
const event = JSON.parse(require("fs").readFileSync(0, "utf8"));
const { hostname, port } = new URL(event.ResponseURL);

// The handlers of CDK answer over HTTPS at the default port alone.
https.request = (options, onResponse) =>
  http.request({ ...options, hostname, port }, onResponse);

const [module_, name] = handler.split(".");
require(path.join(folder, module_))[name](event, { logStreamName: "emulator" });
