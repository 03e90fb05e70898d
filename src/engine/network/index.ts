export { NetworkError } from "./errors.js";
export { createFetch, type Fetch, type FetchAnswer, type FetchInit, type FetchOptions } from "./fetch.js";
export { environmentProxy, parseProxy, proxyAgent } from "./proxy.js";
