import { expect, test } from "vitest";
import { secretPaths, toJson } from "../../../src/engine/json/index.js";
import { evaluateSources } from "../../../src/engine/runtime/index.js";

const evaluate = (text: string) =>
  evaluateSources([{ name: "a.cue", bytes: Buffer.from(text) }], [], { runtime: () => "hush-hush" });

const token = "token: string @timoni(runtime:string:TOKEN)\n";

test.each([
  ["strings", "strings.ToUpper(token)"],
  ["strings", 'strings.Split(token, "-")'],
  ["strings", 'strings.Join(["a", token], ":")'],
  ["encoding/base64", "base64.Encode(null, token)"],
  ["encoding/json", "json.Marshal({a: [token]})"],
  ["encoding/json", 'json.Unmarshal("{\\"a\\": [\\"\\(token)\\"]}")'],
  ["encoding/yaml", "yaml.Marshal({a: token})"],
  ["encoding/yaml", 'yaml.Unmarshal("a: \\(token)")'],
  ["encoding/csv", 'csv.Decode("x,\\(token)")'],
  ["crypto/sha256", "sha256.Sum256(token)"],
  ["regexp", 'regexp.FindSubmatch("(.)ush", token)'],
  ["regexp", 'regexp.FindNamedSubmatch("(?P<a>.)ush", token)'],
  ["list", "list.Concat([[token], [token]])"],
  ["list", "list.SortStrings([token, token])"],
  ["strconv", "strconv.Quote(token)"],
  ["uuid", "uuid.SHA1(uuid.ns.DNS, token)"],
])("what %s makes of a secret is one: %s", async (path, call) => {
  const value = await evaluate(`import "${path}"\n${token}x: ${call}`);
  const shown = JSON.stringify(toJson(value, "***"));
  expect(shown).toMatch(/"x":(?:"\*\*\*"|\[.*"\*\*\*"|\{.*"\*\*\*")/);
  expect(shown).not.toMatch(/hush|HUSH/);
  expect(secretPaths(value).length).toBeGreaterThan(1);
});

test.each([
  [
    "strings",
    "x: strings.MaxRunes(3) & token",
    "a.cue:3:4: x: invalid value *** (does not satisfy strings.MaxRunes(3))",
  ],
  [
    "strings",
    'x: strings.HasPrefix(token) & "a"',
    'a.cue:3:4: x: invalid value "a" (does not satisfy strings.HasPrefix(***))',
  ],
  ["strconv", "x: strconv.Atoi(token)", ""],
  ["encoding/json", "x: json.Unmarshal(token)", ""],
  ["encoding/yaml", 'x: yaml.Unmarshal("a: [\\(token)")', ""],
  ["time", "x: time.Duration & token", ""],
  ["time", "x: time.Parse(time.RFC3339, token)", ""],
  ["net", "x: net.ParseIP(token)", ""],
  ["net", 'x: net.URL & ":\\(token)"', ""],
  ["regexp", 'x: regexp.Find("(\\(token)", "x")', ""],
  ["path", 'x: path.Rel("/\\(token)", token)', ""],
  ["uuid", "x: uuid.Parse(token)", ""],
  ["list", "x: list.UniqueItems() & [token, token]", ""],
  ["encoding/hex", "x: hex.Decode(token)", ""],
])("no error of %s shows a secret: %s", async (path, field, says) => {
  const failed: unknown = await evaluate(`import "${path}"\n${token}${field}`).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(Error);
  expect(String(failed)).toContain(says);
  expect(String(failed)).not.toContain("hush");
});
