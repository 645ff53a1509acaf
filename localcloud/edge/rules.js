// Expressions of transform rules, as the daemon has parsed them: ["and", …], ["eq", field, value], …
// A field that the request lacks is undefined: no comparison with it holds, but that it is not equal.
// `drawn` is the request's own: its random bytes are the same wherever its rules ask, so what is made of them is, too.

const FIELDS = {
  "http.cookie": ({ request }) => request.headers.get("cookie") ?? "",
  "http.host": ({ host }) => host,
  "http.referer": ({ request }) => request.headers.get("referer") ?? "",
  "http.request.full_uri": ({ host, path }) => `https://${host}${path}`,
  "http.request.method": ({ request }) => request.method,
  "http.request.uri": ({ path }) => path,
  "http.request.uri.path": ({ path }) => path.split("?", 1)[0],
  "http.request.uri.query": ({ path }) => path.slice(path.indexOf("?") >>> 0).slice(1),
  "http.response.code": ({ response }) => response.status,
  "http.user_agent": ({ request }) => request.headers.get("user-agent") ?? "",
  "ip.src": () => "127.0.0.1",
  "ssl": ({ secure }) => secure,
};

// All values of a name, in the request's order.
const MAPS = {
  "http.request.cookies": (about, name) => (about.cookies ??= cookies(about.request)).get(name) ?? [],
  "http.request.headers": ({ request }, name) => {
    const found = request.headers.get(name);
    return found === null ? [] : [found];
  },
};

// Names are decoded, values are as they came.
function cookies(request) {
  const found = new Map();
  for (const part of (request.headers.get("cookie") ?? "").split(";")) {
    const at = part.indexOf("=");
    if (at < 0) continue;
    const name = decoded(part.slice(0, at).trim());
    const text = part.slice(at + 1).trim();
    if (found.has(name)) found.get(name).push(text);
    else found.set(name, [text]);
  }
  return found;
}

function decoded(name) {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

// A text, a number, a truth; undefined where the request has none.
function value(operand, about) {
  const [kind, argument, key, index] = operand;
  switch (kind) {
    case "field": return FIELDS[argument](about);
    case "item": return MAPS[argument](about, key)[index];
    case "count": return MAPS[argument](about, key).length;
    case "each": return about.one;
    case "text": return argument;
    case "uuidv4": return (about.drawn.uuid ??= crypto.randomUUID());
    case "concat": return operand.slice(1).map((part) => value(part, about) ?? "").join("");
  }
  const inner = value(argument, about);
  if (inner === undefined) return undefined;
  if (kind === "lower") return inner.toLowerCase();
  if (kind === "upper") return inner.toUpperCase();
  return inner.length; // len
}

// The text that a rule gives its header; empty or undefined when it has none.
export function headerValue(rule, about) {
  if (rule.computed === null) return rule.value;
  const found = value(rule.computed, about);
  return found === undefined ? undefined : String(found);
}

// What `any` and `all` look at: the operand of their comparison, below what changes its letters.
function each(operand, about) {
  return operand[0] === "each" ? MAPS[operand[1]](about, operand[2]) : each(operand[1], about);
}

export function applies(expression, about) {
  const [kind, first, second] = expression;
  switch (kind) {
    case "true": return true;
    case "false": return false;
    case "and": return expression.slice(1).every((part) => applies(part, about));
    case "or": return expression.slice(1).some((part) => applies(part, about));
    case "not": return !applies(first, about);
    case "is": return value(first, about) === true;
    case "eq": return value(first, about) === second;
    case "ne": return value(first, about) !== second;
    case "lt": return value(first, about) < second;
    case "le": return value(first, about) <= second;
    case "gt": return value(first, about) > second;
    case "ge": return value(first, about) >= second;
    case "in": return second.includes(value(first, about));
    case "contains": return value(first, about)?.includes(second) ?? false;
    case "starts_with": return value(first, about)?.startsWith(second) ?? false;
    case "ends_with": return value(first, about)?.endsWith(second) ?? false;
    case "any": return each(first[1], about).some((one) => applies(first, { ...about, one }));
    case "all": return each(first[1], about).every((one) => applies(first, { ...about, one }));
    case "has_key": return MAPS[first](about, second).length > 0;
  }
  throw new Error(`unknown expression ${kind}`);
}
