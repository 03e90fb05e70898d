import { expect, test } from "vitest";
import type { JsonObject } from "../../../../src/engine/json/index.js";
import { apiError } from "../../../../src/engine/target/kubernetes/api-errors.js";

const status = (code: number, reason: string, message: string, causes: JsonObject[] = []) =>
  JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", message, reason, details: { causes }, code });
const cause = (reason: string, message: string, field = "") => ({ reason, message, field });

test.each<[number, string, string, string]>([
  [
    401,
    status(401, "Unauthorized", "Unauthorized"),
    "unauthorized",
    "the API server does not accept the credentials of the kubeconfig (401 Unauthorized)",
  ],
  [
    403,
    status(
      403,
      "Forbidden",
      'deployments.apps "web" is forbidden: User "jane" cannot patch resource "deployments" in API group "apps" in the namespace "shop"',
    ),
    "forbidden",
    'not allowed: User "jane" cannot patch resource "deployments" in API group "apps" in the namespace "shop"',
  ],
  [
    403,
    status(403, "Forbidden", 'pods "x" is forbidden: exceeded quota: q'),
    "forbidden",
    'not allowed: pods "x" is forbidden: exceeded quota: q',
  ],
  [403, "<html>Forbidden</html>", "forbidden", "not allowed: 403 Forbidden"],
  [
    403,
    status(403, "Forbidden", "unable to create new content", [
      cause("NamespaceTerminating", "namespace shop is being terminated", "metadata.namespace"),
    ]),
    "namespace-terminating",
    "its namespace is being deleted; try again when it is gone",
  ],
  [404, status(404, "NotFound", 'namespaces "shop" not found'), "api-error", 'namespaces "shop" not found'],
  [404, "404 page not found\n", "api-error", "404 page not found"],
  [409, status(409, "Conflict", "the object has been modified"), "api-error", "the object has been modified"],
  [413, "", "invalid-object", "the object is too large for the API server"],
  [
    422,
    status(422, "Invalid", 'Deployment.apps "web" is invalid: spec.replicas: Invalid value: -1', [
      cause("FieldValueInvalid", "Invalid value: -1", "spec.replicas"),
    ]),
    "invalid-object",
    'not valid: Deployment.apps "web" is invalid: spec.replicas: Invalid value: -1',
  ],
  [
    422,
    status(422, "Invalid", 'Deployment.apps "web" is invalid: spec.selector: Invalid value: {}: field is immutable', [
      cause("FieldValueInvalid", "Invalid value: {}: field is immutable", "spec.selector"),
    ]),
    "immutable-field",
    'spec.selector cannot be changed in place; to delete and create it anew use --force or the annotation action.timoni.sh/force: enabled (Deployment.apps "web" is invalid: spec.selector: Invalid value: …: field is immutable)',
  ],
  [
    422,
    status(
      422,
      "Invalid",
      'Pod "p" is invalid: spec: Forbidden: pod updates may not change fields other than `x`\n-  MARK',
      [cause("FieldValueForbidden", "Forbidden: pod updates may not change fields other than `x`\n-  MARK", "spec")],
    ),
    "immutable-field",
    'spec cannot be changed in place; to delete and create it anew use --force or the annotation action.timoni.sh/force: enabled (Pod "p" is invalid: spec: Forbidden: pod updates may not change fields other than `x`)',
  ],
  [
    422,
    status(
      422,
      "Invalid",
      'Job.batch "j" is invalid: [a: Invalid value: {"b":["MARK: x"]}: no, c: Invalid value: core.X{Y:"MARK"}: bad]',
    ),
    "invalid-object",
    'not valid: Job.batch "j" is invalid: [a: Invalid value: …: bad]',
  ],
  [
    422,
    status(422, "Invalid", "two", [cause("", "field is immutable", "spec.a"), cause("", "is required", "spec.b")]),
    "immutable-field",
    "spec.a cannot be changed in place; to delete and create it anew use --force or the annotation action.timoni.sh/force: enabled (two)",
  ],
  [
    500,
    status(
      500,
      "",
      'failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): errors:\n  .spec.a[name="x"].imag: field not declared in schema\n  .spec.replicas: expected numeric (int or float), got &value.valueUnstructured{Value:"two"}',
    ),
    "invalid-object",
    'not valid: unknown field spec.a[name="x"].imag; spec.replicas: expected numeric (int or float)',
  ],
  [500, status(500, "InternalError", "etcdserver: request timed out"), "api-error", "etcdserver: request timed out"],
  [503, "upstream connect error", "api-error", "upstream connect error"],
  [503, "", "api-error", "the API server answered 503"],
  [502, "<html>Bad Gateway</html>", "api-error", "the API server answered 502"],
])("%i %s", (code, body, wantedCode, wanted) => {
  const error = apiError(code, body, { name: "Deployment/shop/web", secret: false });
  expect(error).toMatchObject({ code: wantedCode, status: code, message: `Deployment/shop/web: ${wanted}` });
});

// An API server may quote what it was sent in any of these; nothing of it may come through.
test.each<[number, string, string]>([
  [
    400,
    status(400, "BadRequest", "illegal base64 data: MARK"),
    "not valid (the server's words are withheld, since they may quote secret values)",
  ],
  [
    400,
    status(400, "BadRequest", 'strict decoding error: unknown field "tokn", duplicate field "data", MARK'),
    'not valid: unknown field "tokn", duplicate field "data" (the server\'s words are withheld, since they may quote secret values)',
  ],
  [
    422,
    status(422, "Invalid", "data[tls.crt]: Invalid value: MARK", [
      cause("FieldValueInvalid", "Invalid value: MARK", "data[tls.crt]"),
    ]),
    "not valid: data[tls.crt] (the server's words are withheld, since they may quote secret values)",
  ],
  [
    422,
    status(422, "Invalid", "data: Forbidden: field is immutable when `immutable` is set MARK", [
      cause("FieldValueForbidden", "Forbidden: field is immutable when `immutable` is set MARK", "data"),
    ]),
    "data cannot be changed in place; to delete and create it anew use --force or the annotation action.timoni.sh/force: enabled",
  ],
  [
    500,
    status(
      500,
      "",
      'failed to create typed patch object (a/b; /v1, Kind=Secret): .stringData.token: expected string, got &value.valueUnstructured{Value:"MARK"}',
    ),
    "not valid: stringData.token is of a wrong type",
  ],
  [
    500,
    status(500, "", "failed to convert new object (a/b; /v1, Kind=Secret) to proper version: unable to convert: MARK"),
    "not valid: a value cannot be decoded",
  ],
  [500, status(500, "InternalError", "webhook said MARK"), "the API server answered 500"],
  [409, status(409, "Conflict", "MARK"), "conflict (Conflict)"],
  [403, status(403, "Forbidden", "admission webhook denied: MARK"), "not allowed: 403 Forbidden"],
])("a Secret: %i %s", (code, body, wanted) => {
  const error = apiError(code, body, { name: "Secret/shop/token", secret: true });
  expect(error.message).toBe(`Secret/shop/token: ${wanted}`);
  expect(`${error.message}${error.stack}${JSON.stringify(error)}`).not.toContain("MARK");
});

test("a 403 for a Secret still names who may not do what", () => {
  const words = 'User "jane" cannot patch resource "secrets" in API group "" in the namespace "shop"';
  const error = apiError(403, status(403, "Forbidden", `secrets "token" is forbidden: ${words}`), {
    name: "Secret/shop/token",
    secret: true,
  });
  expect(error.message).toBe(`Secret/shop/token: not allowed: ${words}`);
});
