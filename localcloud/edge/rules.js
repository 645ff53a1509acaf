// Expressions of transform rules, as the daemon has parsed them: ["and", …], ["eq", field, value], …

const FIELDS = {
  "http.host": ({ host }) => host,
  "http.request.full_uri": ({ host, path }) => `https://${host}${path}`,
  "http.request.method": ({ request }) => request.method,
  "http.request.uri": ({ path }) => path,
  "http.request.uri.path": ({ path }) => path.split("?", 1)[0],
  "http.request.uri.query": ({ path }) => path.slice(path.indexOf("?") >>> 0).slice(1),
  "http.response.code": ({ response }) => response.status,
  "http.user_agent": ({ request }) => request.headers.get("user-agent") ?? "",
  "ssl": ({ secure }) => secure,
};

const value = (operand, about) => {
  const [kind, argument] = operand;
  if (kind === "field") return FIELDS[argument](about);
  if (kind === "lower") return String(value(argument, about)).toLowerCase();
  if (kind === "upper") return String(value(argument, about)).toUpperCase();
  return String(value(argument, about)).length; // len
};

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
    case "contains": return value(first, about).includes(second);
    case "starts_with": return value(first, about).startsWith(second);
    case "ends_with": return value(first, about).endsWith(second);
  }
  throw new Error(`unknown expression ${kind}`);
}
