import { isIP } from "node:net";
import { formats } from "../schema/index.js";

type ValueFormat = Readonly<{ test: (text: string) => boolean; right: string }>;

const dateTime = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The formats of strings that API servers check, of those that schemas of Kubernetes and of its custom resources use
 * (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation).
 */
export const valueFormats: Readonly<Record<string, ValueFormat>> = {
  "date-time": {
    test: (text) => dateTime.test(text) && !Number.isNaN(Date.parse(text)),
    right: "a time such as 2026-01-31T12:00:00Z",
  },
  byte: { test: (text) => base64.test(text.replace(/[\r\n]/g, "")), right: "Base64" },
  ipv4: { test: (text) => isIP(text) === 4, right: "an IPv4 address" },
  ipv6: { test: (text) => isIP(text) === 6, right: "an IPv6 address" },
  quantity: {
    test: (text) => formats.quantity?.test(text) ?? true,
    right: `a quantity such as ${formats.quantity?.example}`,
  },
};
