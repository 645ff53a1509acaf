// A binding to something that the local cloud does not serve yet: it is there, says so, and fails loudly when it is used.
export default function ({ what, name }) {
  const refuse = () => {
    throw new Error(`${what} binding ${name} is not served by the local cloud yet`);
  };
  return new Proxy(Object.create(null), {
    get(_, property) {
      if (property === "notServedLocally") return true;
      // What a console, a template or `await` asks of any value is no use of it.
      if (property === "then" || property === "toJSON" || typeof property === "symbol") return undefined;
      return refuse();
    },
    has: (_, property) => property === "notServedLocally",
    set: refuse,
  });
}
