/** A string format: what passes, and how a right one looks. */
export type Format = Readonly<{ test: (text: string) => boolean; example: string }>;

const matches = (pattern: RegExp, example: string): Format => ({ test: (text) => pattern.test(text), example });

/** Semantic Versioning 2.0.0, https://semver.org: numbers without leading zeros, pre-release, build. */
const semver =
  /^(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}(?:-(?:0|[1-9]\d*|\d*[A-Za-z-][\dA-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][\dA-Za-z-]*))*)?(?:\+[\dA-Za-z-]+(?:\.[\dA-Za-z-]+)*)?$/;

/** One comparison of a version range as Flux and Helm read it (github.com/Masterminds/semver): `>=1.0.0`, `6.x`, `~1.2`. */
const part = "(?:\\d+|[xX*])";
const comparison = `(?:[<>=!~^]|<=|>=|=<|=>|!=|~>)?\\s*v?${part}(?:\\.${part}){0,2}(?:-[\\dA-Za-z.-]+)?(?:\\+[\\dA-Za-z.-]+)?`;
const both = `${comparison}(?:(?:\\s*,\\s*|\\s+-\\s+|\\s+)${comparison})*`;
const semverRange = new RegExp(`^\\s*${both}(?:\\s*\\|\\|\\s*${both})*\\s*$`);

/** The formats that schemas of bundles and modules may name, beside those that JSON Schema leaves unchecked. */
export const formats: Readonly<Record<string, Format>> = {
  /** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
  quantity: matches(/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/, "100m, 64Mi or 8Gi"),
  duration: matches(/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/, "30s, 5m or 1h30m"),
  url: { test: isUrl, example: "https://example.com/path" },
  semver: matches(semver, "1.2.3 or 2.8.0-0"),
  "semver-range": matches(semverRange, ">=1.0.0, 6.x or ~1.2"),
  "module-version": { test: isModuleVersion, example: "2.8.0-0, 2.8.x or latest" },
  "image-repository": matches(
    /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d+)?(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*$/,
    "ghcr.io/fluxcd/source-controller",
  ),
  "image-tag": matches(/^\w[\w.-]{0,127}$/, "v1.2.3"),
  digest: matches(/^sha256:[0-9a-f]{64}$/, "sha256: and 64 hexadecimal digits"),
  host: matches(/^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?$/, "ghcr.io or registry.local:5000"),
  /** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
  "dns-label": {
    test: (text) => text.length <= 63 && /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(text),
    example: "my-app",
  },
  "dns-subdomain": {
    test: (text) =>
      text.length <= 253 && /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/.test(text),
    example: "my-app.v1",
  },
};

/** A version, or what only a range of versions looks like. */
function isModuleVersion(text: string): boolean {
  return text === "latest" || semver.test(text) || (/[xX*<>=~^|\s]/.test(text) && semverRange.test(text));
}

function isUrl(text: string): boolean {
  return URL.canParse(text) && /^[a-z][a-z0-9+.-]*:\/\/[^/\s]+\S*$/i.test(text);
}
