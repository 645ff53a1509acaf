// Rules of `_headers` and `_redirects`. Patterns are paths, or URLs without port whose scheme is https.

const SIGNS = /[\\^$+?.()|[\]{}/-]/g;
const NOTHING = Object.create(null);
const PARTS = /\*|:([A-Za-z]\w*)/g;

// A pattern → what it matches: `(url) => values of its splat and placeholders, or null`.
function matcher(pattern) {
  const absolute = pattern.startsWith("https://");
  const pathAt = absolute ? pattern.indexOf("/", "https://".length) : 0;
  let source = "";
  let end = 0;
  for (const part of pattern.matchAll(PARTS)) {
    source += pattern.slice(end, part.index).replace(SIGNS, "\\$&");
    // A placeholder ends at a slash, in a host at a dot as well.
    if (part[1] === undefined) source += "(?<splat>.*)";
    else source += `(?<${part[1]}>[^/${part.index < pathAt ? "." : ""}]+)`;
    end = part.index + part[0].length;
  }
  const form = new RegExp(`^${source}${pattern.slice(end).replace(SIGNS, "\\$&")}$`);
  return (url) => {
    const found = form.exec(absolute ? `https://${url.hostname}${url.pathname}` : url.pathname);
    return found === null ? null : (found.groups ?? NOTHING);
  };
}

const filled = (text, values) => text.replace(PARTS, (part, name) => values[name] ?? part);

// `(url) => {to, status}` of the first rule that fits, or null.
export function redirects(rules) {
  const dynamicAt = rules.findIndex(([pattern]) => pattern.search(PARTS) >= 0);
  const fixed = dynamicAt < 0 ? rules : rules.slice(0, dynamicAt);
  const exact = new Map(fixed.map(([pattern, to, status]) => [pattern, { to, status }]));
  const others = rules.slice(fixed.length).map(([pattern, to, status]) => ({ match: matcher(pattern), to, status }));
  return (url) => {
    const found = exact.get(url.pathname);
    if (found !== undefined) return found;
    for (const { match, to, status } of others) {
      const values = match(url);
      if (values !== null) return { to: filled(to, values), status };
    }
    return null;
  };
}

// `(url, headers)`: every rule that fits, in their order. What rules attach replaces what is there and is joined with what
// rules above attached.
export function headerRules(rules) {
  const known = rules.map(([pattern, attached, detached]) => ({ match: matcher(pattern), attached, detached }));
  return (url, headers) => {
    const attachedBefore = new Set();
    for (const { match, attached, detached } of known) {
      const values = match(url);
      if (values === null) continue;
      for (const name of detached) headers.delete(name);
      for (const [name, value] of attached) {
        if (attachedBefore.has(name)) headers.append(name, filled(value, values));
        else headers.set(name, filled(value, values));
        attachedBefore.add(name);
      }
    }
  };
}
