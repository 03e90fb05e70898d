import { isJsonObject } from "../json/index.js";
import { type Challenge, parseChallenges } from "./challenge.js";
import type { CredentialSource, Credentials } from "./credentials.js";
import { OciError } from "./errors.js";
import { limits } from "./limits.js";
import { parseJson } from "./manifest.js";
import type { RegistryAnswer, RegistryRequest, Transport } from "./transport.js";

export type AuthorizerOptions = Readonly<{
  transport: Transport;
  /** The host that the credentials belong to. */
  host: string;
  credentials?: CredentialSource | undefined;
  /** Whether a token may be asked for over plain http. */
  insecure: boolean;
}>;

/**
 * Shows a registry who is asking, in the way that its answer 401 asks for: Basic, or a Bearer token of the token
 * service that it names (https://distribution.github.io/distribution/spec/auth/token/). Tokens are kept for a scope
 * until the registry refuses them.
 */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #headers = new Map<string, string>();
  /** What is being found out for a scope, so that requests side by side share one token. */
  readonly #renewals = new Map<string, Promise<string | undefined>>();
  /** What Basic credentials come to: they hold for every scope. */
  #basic: string | undefined;
  #credentials: Promise<Credentials | undefined> | undefined;
  /** Why no credentials could be read; told when the registry refuses a stranger. */
  #problem: OciError | undefined;

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** Sends a request with what the registry was last shown for the scope, and once more with what it then asks for. */
  async send(request: RegistryRequest, scope: string): Promise<RegistryAnswer> {
    const { transport } = this.#options;
    const shown = this.#shown(scope);
    const answer = await transport.send({ ...request, authorization: shown });
    // Whoever a redirect leads to may not ask who we are: the way to a token that it names would get the password.
    if (answer.status !== 401 || !isAnswerOf(answer, request)) return answer;
    const header = await this.#renew(shown, scope, answer, request);
    return header === undefined ? answer : transport.send({ ...request, authorization: header });
  }

  #shown(scope: string): string | undefined {
    return this.#headers.get(scope) ?? this.#basic;
  }

  /** What to show instead of what was refused. */
  async #renew(
    refused: string | undefined,
    scope: string,
    { headers }: RegistryAnswer,
    request: RegistryRequest,
  ): Promise<string | undefined> {
    if (this.#shown(scope) !== refused) return this.#shown(scope); // another request was faster
    const challenges = parseChallenges(headers.get("www-authenticate") ?? "");
    const renewal = this.#renewals.get(scope) ?? this.#answerTo(challenges, scope, request);
    this.#renewals.set(scope, renewal);
    try {
      const header = await renewal;
      this.#headers.delete(scope);
      this.#basic = header?.startsWith("Basic ") ? header : undefined;
      if (header !== undefined && this.#basic === undefined) this.#headers.set(scope, header);
      return header;
    } finally {
      this.#renewals.delete(scope);
    }
  }

  /** What a refusal should add: whether there were credentials, and what went wrong with them. */
  async hint(): Promise<string> {
    const credentials = await this.#find();
    if (credentials !== undefined) return `the credentials for ${this.#options.host} were not accepted`;
    if (this.#problem !== undefined) return `no credentials could be read: ${this.#problem.message}`;
    return `there are no credentials for ${this.#options.host}; log in with sheaf registry login ${this.#options.host}`;
  }

  async #answerTo(
    challenges: readonly Challenge[],
    scope: string,
    request: RegistryRequest,
  ): Promise<string | undefined> {
    const bearer = challenges.find(({ scheme }) => scheme === "bearer");
    if (bearer !== undefined) return `Bearer ${await this.#fetchToken(bearer, scope, request)}`;
    if (!challenges.some(({ scheme }) => scheme === "basic")) return undefined;
    const credentials = await this.#find();
    return credentials?.kind === "basic" ? basic(credentials) : undefined;
  }

  async #fetchToken({ parameters }: Challenge, scope: string, request: RegistryRequest): Promise<string> {
    const { host, insecure, transport } = this.#options;
    const subject = `The token for ${request.subject}`;
    const realm = URL.canParse(parameters.get("realm") ?? "") ? new URL(parameters.get("realm") ?? "") : undefined;
    if (realm?.protocol !== "https:" && !(insecure && realm?.protocol === "http:")) {
      throw new OciError("registry-error", `${subject}: ${host} names no https address to get it from`);
    }
    const credentials = await this.#find();
    const query = new URLSearchParams(realm.search);
    const service = parameters.get("service");
    if (service !== undefined) query.set("service", service);
    // The registry names what this request needs, the caller what the next ones will.
    const scopes = joinScopes(parameters.get("scope") ?? "", scope);
    const common = { maxBytes: limits.answerBytes, subject, signal: request.signal };
    let answer: RegistryAnswer;
    if (credentials?.kind === "identity-token") {
      query.set("grant_type", "refresh_token");
      query.set("client_id", "sheaf");
      query.set("refresh_token", credentials.token);
      query.set("scope", scopes.join(" "));
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      answer = await transport.send({ ...common, url: realm.href, method: "POST", headers, body: query.toString() });
    } else {
      for (const each of scopes) query.append("scope", each);
      realm.search = query.toString();
      answer = await transport.send({ ...common, url: realm.href, authorization: credentials && basic(credentials) });
    }
    if (answer.status === 401 || answer.status === 403) {
      throw new OciError(
        "unauthorized",
        `${subject}: ${realm.host} refused it (HTTP ${answer.status}): ${await this.hint()}`,
        {
          status: answer.status,
        },
      );
    }
    const body = answer.status === 200 ? parseJson(answer.body) : undefined;
    const token = isJsonObject(body) ? (body.token ?? body.access_token) : undefined;
    if (typeof token === "string" && /^[\x21-\x7e]+$/.test(token)) return token;
    throw new OciError("registry-error", `${subject}: ${realm.host} gave none (HTTP ${answer.status})`, {
      status: answer.status,
    });
  }

  async #find(): Promise<Credentials | undefined> {
    const { credentials, host } = this.#options;
    // A broken helper must not stop what a stranger may read, so its fault waits until the registry refuses.
    this.#credentials ??= (credentials?.(host) ?? Promise.resolve(undefined)).catch((fault: unknown) => {
      if (!(fault instanceof OciError)) throw fault;
      this.#problem = fault;
      return undefined;
    });
    return this.#credentials;
  }
}

/** Whether an answer is of the server that was asked, and not of another that it led to. */
function isAnswerOf({ url }: RegistryAnswer, request: Pick<RegistryRequest, "url">): boolean {
  return new URL(url).origin === new URL(request.url).origin;
}

/** What several lists of scopes (`repository:a:pull repository:b:pull,push`) allow together: one scope for each name. */
function joinScopes(...lists: readonly string[]): string[] {
  const actions = new Map<string, Set<string>>();
  for (const scope of lists.join(" ").split(" ").filter(Boolean)) {
    const colon = scope.lastIndexOf(":");
    const name = scope.slice(0, colon + 1);
    const known = actions.get(name) ?? new Set();
    for (const action of scope.slice(colon + 1).split(",")) known.add(action);
    actions.set(name, known);
  }
  return [...actions].map(([name, allowed]) => `${name}${[...allowed].sort().join(",")}`);
}

function basic({ username, password }: Extract<Credentials, { kind: "basic" }>): string {
  return `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;
}
