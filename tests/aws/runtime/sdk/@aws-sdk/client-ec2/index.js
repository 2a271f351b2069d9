// What Lambda brings of the SDK, as far as CDK's handler for default security groups needs it.
"use strict";

class EC2 {
  revokeSecurityGroupEgress = (input) => call("RevokeSecurityGroupEgress", input);
  revokeSecurityGroupIngress = (input) => call("RevokeSecurityGroupIngress", input);
  authorizeSecurityGroupEgress = (input) => call("AuthorizeSecurityGroupEgress", input);
  authorizeSecurityGroupIngress = (input) => call("AuthorizeSecurityGroupIngress", input);
}

const WIRE_NAMES = { UserIdGroupPairs: "Groups" };

async function call(action, input) {
  const form = new URLSearchParams({ Action: action, Version: "2016-11-15" });
  flatten(form, "", input);
  const scope = `20260101/${process.env.AWS_REGION}/ec2/aws4_request`;
  const answer = await fetch(process.env.AWS_ENDPOINT_URL, {
    method: "POST",
    headers: {
      Authorization: `AWS4-HMAC-SHA256 Credential=emulator/${scope}, SignedHeaders=host, Signature=0`,
    },
    body: form,
  });
  const text = await answer.text();
  if (!answer.ok) {
    const error = new Error(/<Message>([^<]*)/.exec(text)?.[1] ?? text);
    error.name = /<Code>([^<]*)/.exec(text)?.[1] ?? "UnknownError";
    throw error;
  }
}

function flatten(form, prefix, value) {
  if (Array.isArray(value)) {
    value.forEach((item, index) => flatten(form, `${prefix}.${index + 1}`, item));
  } else if (typeof value === "object") {
    for (const [name, item] of Object.entries(value)) {
      flatten(form, prefix + (prefix && ".") + (WIRE_NAMES[name] ?? name), item);
    }
  } else {
    form.append(prefix, value);
  }
}

module.exports = { EC2 };
